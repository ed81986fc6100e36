{{- define "hookline.name" -}}
{{- if contains "hookline" .Release.Name -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-hookline" .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{/* Labels that select the pods of a role: (list $ "consumer"). */}}
{{- define "hookline.selector" -}}
app.kubernetes.io/name: hookline
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "hookline.labels" -}}
{{ include "hookline.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version }}
{{- end -}}

{{- define "hookline.secret" -}}
{{ .Values.secrets.existingSecret | default (include "hookline.name" .) }}
{{- end -}}

{{/* Ports of the brokers, each once. */}}
{{- define "hookline.brokerPorts" -}}
{{- $ports := list -}}
{{- range splitList "," .Values.kafka.brokers -}}
{{- $ports = append $ports (last (splitList ":" (trim .))) -}}
{{- end -}}
{{ $ports | uniq | join "," }}
{{- end -}}

{{/* Ports of webhook targets, each once: those of the values, and that of webhookUrl. */}}
{{- define "hookline.targetPorts" -}}
{{- $ports := list -}}
{{- range .Values.networkPolicy.targetPorts -}}
{{- $ports = append $ports (toString .) -}}
{{- end -}}
{{- $url := urlParse .Values.webhookUrl -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $ports = append $ports ($port | default (eq $url.scheme "https" | ternary "443" "80")) -}}
{{ $ports | uniq | join "," }}
{{- end -}}

{{/*
A consumer that stops ends the requests under way, which takes DELIVERY_TIMEOUT_MS and five seconds,
commits and leaves the group; the rest is for a broker that is slow to answer, and for preStop.
*/}}
{{- define "hookline.gracePeriodSeconds" -}}
{{ add (.Values.deliveryTimeoutSeconds | int) 20 }}
{{- end -}}

{{/* The pod of a role: (dict "root" $ "role" "consumer" "port" 9464). */}}
{{- define "hookline.pod" -}}
{{- $root := .root -}}
metadata:
  labels:
    {{- include "hookline.selector" (list $root .role) | nindent 4 }}
  annotations:
    # Other settings need other processes.
    checksum/settings: {{ include (print $root.Template.BasePath "/settings.yaml") $root | sha256sum }}
    {{- with $root.Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  automountServiceAccountToken: false
  # Kubernetes adds variables for each Service, such as HOOKLINE_PRODUCER_PORT; we read none of them.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ include "hookline.gracePeriodSeconds" $root }}
  {{- with $root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 1000
    runAsGroup: 1000
    fsGroup: 1000
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: { type: RuntimeDefault }
  # Replicas of a role are apart from each other where there is room.
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "hookline.selector" (list $root .role) | nindent 10 }}
  containers:
    - name: {{ .role }}
      image: {{ printf "%s:%s" $root.Values.image.repository ($root.Values.image.tag | default $root.Chart.AppVersion) | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: [{{ .role }}]
      envFrom:
        - configMapRef: { name: {{ include "hookline.name" $root }} }
        - secretRef: { name: {{ include "hookline.secret" $root }} }
      env:
        # A container that is started again in its pod takes over at once what it had.
        - name: INSTANCE_NAME
          valueFrom: { fieldRef: { fieldPath: metadata.uid } }
        {{- if eq .role "producer" }}
        - name: CONSOLE_URL
          value: http://{{ include "hookline.name" $root }}-console:8081
        {{- end }}
      ports:
        - { name: http, containerPort: {{ .port }} }
      # A role listens once it is connected to Kafka. While the broker is away it stays alive and
      # reachable: the API answers 503 with Retry-After, and the dashboard shows what is wrong.
      # /health/ready is for alerts: a probe of it would take all pods away at once.
      startupProbe:
        httpGet: { path: /health/live, port: http }
        periodSeconds: 5
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /health/live, port: http }
        periodSeconds: 15
        timeoutSeconds: 5
        failureThreshold: 4
      readinessProbe:
        httpGet: { path: /health/live, port: http }
        periodSeconds: 5
        timeoutSeconds: 5
      {{- if ne .role "consumer" }}
      # No request is sent to a pod that is about to stop listening.
      lifecycle:
        preStop: { exec: { command: [sleep, '5'] } }
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      resources:
        {{- toYaml (index $root.Values .role).resources | nindent 8 }}
      volumeMounts:
        - { name: data, mountPath: /data }
        - { name: tmp, mountPath: /tmp }
        {{- if $root.Values.kafka.tls.existingSecret }}
        - { name: kafka-tls, mountPath: /etc/hookline/kafka, readOnly: true }
        {{- end }}
        {{- if $root.Values.trustedCa.existingSecret }}
        - { name: trusted-ca, mountPath: /etc/hookline/trusted, readOnly: true }
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: { sizeLimit: 1Gi }
    {{- with $root.Values.kafka.tls.existingSecret }}
    - name: kafka-tls
      secret: { secretName: {{ . }} }
    {{- end }}
    {{- with $root.Values.trustedCa.existingSecret }}
    - name: trusted-ca
      secret: { secretName: {{ . }} }
    {{- end }}
    - name: data
      {{- if and (eq .role "producer") $root.Values.producer.persistence.enabled }}
      persistentVolumeClaim:
        claimName: {{ $root.Values.producer.persistence.existingClaim | default (printf "%s-inbox" (include "hookline.name" $root)) }}
      {{- else if eq .role "console" }}
      emptyDir: { sizeLimit: {{ $root.Values.console.volume.sizeLimit }} }
      {{- else if eq .role "producer" }}
      emptyDir: { sizeLimit: {{ $root.Values.producer.persistence.size }} }
      {{- else }}
      emptyDir: { sizeLimit: 1Gi }
      {{- end }}
  {{- with $root.Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
