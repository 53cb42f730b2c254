{{/* The environment: the database first, because $(PGHOST) in a value only sees what stands before it. */}}
{{- define "workload.env" -}}
{{- $own := list }}
{{- range .Values.env }}
{{- if has .name $own }}
{{- fail (printf "env: %s is set twice" .name) }}
{{- end }}
{{- $own = append $own .name }}
{{- end }}
{{- with .Values.database }}
{{- include "workload.databaseEnv" (dict "secretName" .secretName "own" $own) }}
{{- end }}
{{- range .Values.env }}
- name: {{ include "workload.string" .name }}
  {{- if .valueFrom }}
  {{- include "workload.secretKey" .valueFrom.secretKeyRef | nindent 2 }}
  {{- else }}
  value: {{ include "workload.string" (default "" .value) }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The connection to the database, but for the names in own. The keys are those of a CloudNativePG application Secret. */}}
{{- define "workload.databaseEnv" -}}
{{- $keys := dict "PGHOST" "host" "PGPORT" "port" "PGUSER" "username" "PGPASSWORD" "password" "PGDATABASE" "dbname" "DATABASE_URL" "uri" }}
{{- $secretName := .secretName }}
{{- $own := .own }}
{{- range list "PGHOST" "PGPORT" "PGUSER" "PGPASSWORD" "PGDATABASE" "DATABASE_URL" }}
{{- if not (has . $own) }}
- name: {{ . }}
  {{- include "workload.secretKey" (dict "name" $secretName "key" (get $keys .)) | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "workload.secretKey" -}}
valueFrom:
  secretKeyRef:
    name: {{ include "workload.string" .name }}
    key: {{ include "workload.string" .key }}
{{- end }}
