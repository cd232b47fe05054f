{{/* The name that every object of a release begins with; what hangs on it must still be a DNS label. */}}
{{- define "ownsight.name" -}}
{{- if contains "ownsight" .Release.Name }}{{ .Release.Name | trunc 30 | trimSuffix "-" }}{{ else }}{{ printf "%s-ownsight" (.Release.Name | trunc 21 | trimSuffix "-") }}{{ end }}
{{- end }}

{{- define "ownsight.selector" -}}
app.kubernetes.io/name: ownsight
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "ownsight.labels" -}}
{{ include "ownsight.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "ownsight.secret" -}}
{{ .Values.existingSecret | default (include "ownsight.name" .) }}
{{- end }}

{{- define "ownsight.scheme" -}}
{{ ternary "https" "http" (ne .Values.tls.secretName "") }}
{{- end }}
