{{- define "sealkeeper.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "sealkeeper.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "sealkeeper.name" .) -}}
{{- end -}}

{{- define "sealkeeper.selector" -}}
app.kubernetes.io/name: sealkeeper
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "sealkeeper.labels" -}}
{{ include "sealkeeper.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{- define "sealkeeper.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "sealkeeper.config" -}}
{{- $vault := dict "address" .Values.vault.address "jwt_file" "/run/sealkeeper/vault/token" "jwt_role" .Values.vault.jwtRole "jwt_mount" .Values.vault.jwtMount -}}
{{- if .Values.vault.caConfigMap -}}
{{- $_ := set $vault "ca_file" "/etc/sealkeeper/vault-ca/ca.crt" -}}
{{- end -}}
{{- $own := dict "listen" "0.0.0.0:8420" "operator_listen" "0.0.0.0:8421" "public_url" .Values.publicURL "drain_delay" (printf "%ds" (int .Values.drainSeconds)) "database" (dict "dsn_file" "/etc/sealkeeper/database/dsn") "custody" (dict "mode" "vault") "vault" $vault -}}
{{- mustMergeOverwrite (deepCopy .Values.config) $own | toYaml -}}
{{- end -}}

{{- define "sealkeeper.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "sealkeeper.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}
