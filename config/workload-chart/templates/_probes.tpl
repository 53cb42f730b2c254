{{/*
The probes. A start may take five minutes (migrations). Not being ready takes the pod out of the Service after half
a minute; only two minutes without an answer restart it, because a restart of every pod while the database fails
over for half a minute makes a short outage a long one.
*/}}
{{- define "workload.probes" -}}
startupProbe:
  {{- include "workload.probe" . | nindent 2 }}
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 150
readinessProbe:
  {{- include "workload.probe" . | nindent 2 }}
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
livenessProbe:
  {{- include "workload.probe" . | nindent 2 }}
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 12
{{- end }}

{{- define "workload.probe" -}}
{{- with .Values.health -}}
httpGet:
  path: {{ include "workload.string" .path }}
  port: http
{{- else -}}
tcpSocket:
  port: http
{{- end }}
{{- end }}
