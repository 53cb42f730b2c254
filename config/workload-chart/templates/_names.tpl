{{/* The name of everything. The schema holds nameOverride; a release name is held here, before the API server sees half of the objects. */}}
{{- define "workload.name" -}}
{{- $name := default .Release.Name .Values.nameOverride -}}
{{- if not (regexMatch "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$" $name) -}}
{{- fail (printf "%q cannot name a Service: use at most 63 lower-case letters, digits and '-', and begin with a letter" $name) -}}
{{- end -}}
{{- $name -}}
{{- end }}

{{/*
The only label, and the selector. app.kubernetes.io/instance belongs to Argo CD's tracking by label: in a selector
it would change with the name of the Application, and a selector can never be changed.
*/}}
{{- define "workload.labels" -}}
app.kubernetes.io/name: {{ include "workload.name" . | quote }}
{{- end }}

{{/*
A string as a YAML scalar on one line, whatever it holds. Helm deletes the text "<no value>" from whatever is
rendered, also in the middle of a value, so '<' is written as an escape.
*/}}
{{- define "workload.string" -}}
{{- . | quote | replace "<" `\u003c` -}}
{{- end }}
