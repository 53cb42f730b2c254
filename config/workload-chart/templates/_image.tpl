{{/* The image reference. Examples: repository:latest, repository:latest@sha256:…, repository@sha256:…. */}}
{{- define "workload.image" -}}
{{- .repository }}{{ ternary "@" ":" (hasPrefix "sha256:" .tag) }}{{ .tag }}
{{- end }}

{{/*
A digest or a full version never changes its content, so a node that has it must start without the registry:
Kubernetes' own default asks the registry for latest@sha256:… at every start. Any other tag moves.
*/}}
{{- define "workload.imagePullPolicy" -}}
{{- if or (contains "sha256:" .tag) (regexMatch "^v?[0-9]+[.][0-9]+[.][0-9]+(-[0-9A-Za-z.-]+)?$" .tag) -}}
IfNotPresent
{{- else -}}
Always
{{- end -}}
{{- end }}
