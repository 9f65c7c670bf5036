{{/*
The IstioOperator: a file for `istioctl install -f`, which reads it since Istio 1.24 took its controller out of the cluster.
Trusted proxies and drain sit on the gateway's own pods; in the mesh's configuration they would hold every sidecar as long.
*/}}
{{- define "istio-alb-ingress.istioOperator" -}}
{{- $operator := .Values.gateway.istioOperator -}}
{{- $drainSeconds := include "istio-alb-ingress.drainSeconds" . | int -}}
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata:
  name: {{ $operator.name }}
  namespace: {{ $operator.namespace }}
  labels:
    {{- include "istio-alb-ingress.labels" . | nindent 4 }}
  {{- with .Values.commonAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  profile: {{ $operator.profile }}
  hub: {{ $operator.hub }}
  {{- with $operator.tag }}
  tag: {{ . | quote }}
  {{- end }}
  {{- with $operator.revision }}
  revision: {{ . | quote }}
  {{- end }}
  components:
    ingressGateways:
      {{- if ne .Values.gateway.name "istio-ingressgateway" }}
      # The profile's own, which would be a second gateway with a load balancer nobody asked for.
      - name: istio-ingressgateway
        enabled: false
      {{- end }}
      - name: {{ .Values.gateway.name }}
        namespace: {{ .Release.Namespace }}
        enabled: true
        k8s:
          podAnnotations:
            proxy.istio.io/config: {{ dict "gatewayTopology" (dict "numTrustedProxies" (int .Values.gateway.trustedProxies)) "terminationDrainDuration" (printf "%ds" $drainSeconds) | toJson | squote }}
          service:
            type: NodePort
            externalTrafficPolicy: {{ .Values.gateway.externalTrafficPolicy }}
            ports:
              {{- include "istio-alb-ingress.servicePorts" . | trim | nindent 14 }}
          serviceAnnotations:
            {{- include "istio-alb-ingress.healthCheckAnnotations" . | nindent 12 }}
          overlays:
            - kind: Deployment
              name: {{ .Values.gateway.name }}
              patches:
                - path: spec.template.spec.terminationGracePeriodSeconds
                  value: {{ add $drainSeconds 15 }}
{{- end -}}

{{/*
How the IstioOperator is rendered: `resource`, `configMap`, `both` or nothing. A cluster's discovery is known by kinds, as
install and Argo CD pass them; a bare `helm template` knows no kind at all, and gets both, so that
`--show-only templates/istio-operator.yaml` always has something for istioctl.
*/}}
{{- define "istio-alb-ingress.istioOperatorForm" -}}
{{- if eq .Values.gateway.provider "istio-operator" -}}
{{- $render := .Values.gateway.istioOperator.render -}}
{{- if ne $render "auto" -}}{{- $render -}}
{{- else if .Capabilities.APIVersions.Has "install.istio.io/v1alpha1/IstioOperator" -}}resource
{{- else if .Capabilities.APIVersions.Has "v1/Service" -}}configMap
{{- else -}}both
{{- end -}}
{{- end -}}
{{- end -}}
