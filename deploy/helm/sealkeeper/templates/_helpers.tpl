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

{{/* What answers requests. Jobs have the same name and instance, and another component. */}}
{{- define "sealkeeper.server" -}}
{{ include "sealkeeper.selector" . }}
app.kubernetes.io/component: server
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
{{- if .Values.vault.snapshot.claimName -}}
{{- $_ := set $vault "snapshot_file" (printf "/run/sealkeeper/snapshots/%s" .Values.vault.snapshot.file) -}}
{{- $_ := set $vault "snapshot_max_age" .Values.vault.snapshot.maxAge -}}
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

{{/* Variables are settings, too: the service, its backup and the migration have the same. */}}
{{- define "sealkeeper.environment" -}}
{{- with .Values.env -}}
env:
  {{- range $name, $value := . }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
{{ end -}}
{{- with .Values.envFromSecrets -}}
envFrom:
  {{- range . }}
  - secretRef: {name: {{ . }}}
  {{- end }}
{{- end -}}
{{- end -}}

{{- define "sealkeeper.secretMounts" -}}
{{- range .Values.secretFiles }}
- {name: {{ printf "secret-%s" . }}, mountPath: {{ printf "/etc/sealkeeper/secrets/%s" . }}, readOnly: true}
{{- end }}
{{- end -}}

{{- define "sealkeeper.secretVolumes" -}}
{{- range .Values.secretFiles }}
- name: {{ printf "secret-%s" . }}
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- end -}}

{{- define "sealkeeper.mounts" -}}
- {name: config, mountPath: /etc/sealkeeper/config.yaml, subPath: config.yaml, readOnly: true}
- {name: database, mountPath: /etc/sealkeeper/database, readOnly: true}
- {name: vault-token, mountPath: /run/sealkeeper/vault, readOnly: true}
{{- if .Values.vault.caConfigMap }}
- {name: vault-ca, mountPath: /etc/sealkeeper/vault-ca, readOnly: true}
{{- end }}
{{- include "sealkeeper.secretMounts" . }}
{{- end -}}

{{- define "sealkeeper.volumes" -}}
- name: config
  configMap: {name: {{ include "sealkeeper.name" . }}}
- name: database
  secret:
    secretName: {{ .Values.database.secretName }}
    defaultMode: 0440
    items: [{key: {{ .Values.database.secretKey }}, path: dsn}]
- name: vault-token
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken: {path: token, audience: {{ .Values.vault.audience }}, expirationSeconds: 3600}
{{- if .Values.vault.caConfigMap }}
- name: vault-ca
  configMap:
    name: {{ .Values.vault.caConfigMap }}
    items: [{key: {{ .Values.vault.caKey }}, path: ca.crt}]
{{- end }}
{{- include "sealkeeper.secretVolumes" . }}
{{- end -}}
