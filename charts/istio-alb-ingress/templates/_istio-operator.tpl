{{/*
The IstioOperator: a file for `istioctl install -f`, which reads it since Istio 1.24 took its controller out of the cluster.
One for all gateways that istioctl makes: it refuses a file with two. Takes the root context.
*/}}
{{- define "istio-alb-ingress.istioOperator" -}}
{{- $operator := .Values.gateway.istioOperator -}}
{{- $gateways := list -}}
{{- $profilesOwn := false -}}
{{- range .Values._edges.gateways -}}
{{- if eq .Values.gateway.provider "istio-operator" -}}
{{- $gateways = append $gateways . -}}
{{- if eq .Values.gateway.name "istio-ingressgateway" -}}{{- $profilesOwn = true -}}{{- end -}}
{{- end -}}
{{- end -}}
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata:
  name: {{ $operator.name | toYaml }}
  namespace: {{ $operator.namespace | toYaml }}
  labels:
    {{- include "istio-alb-ingress.labels" . | nindent 4 }}
  {{- with .Values.commonAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  profile: {{ $operator.profile | toYaml }}
  hub: {{ $operator.hub | toYaml }}
  {{- with $operator.tag }}
  tag: {{ . | quote }}
  {{- end }}
  {{- with $operator.revision }}
  revision: {{ . | quote }}
  {{- end }}
  components:
    ingressGateways:
      {{- if not $profilesOwn }}
      # The profile's own, which would be a second gateway with a load balancer nobody asked for.
      - name: istio-ingressgateway
        enabled: false
      {{- end }}
      {{- range $gateways }}
      - name: {{ .Values.gateway.name | toYaml }}
        namespace: {{ include "istio-alb-ingress.namespace" . | toYaml }}
        enabled: true
        {{- if or .Values.gateway.selector (ne .Values.gateway.name "istio-ingressgateway") }}
        # What selects its pods: two gateways with the same labels would be one.
        label:
          {{- include "istio-alb-ingress.selector" . | nindent 10 }}
        {{- end }}
        k8s:
          {{- with include "istio-alb-ingress.env" . | trim }}
          env:
            {{- . | nindent 12 }}
          {{- end }}
          podAnnotations:
            proxy.istio.io/config: {{ include "istio-alb-ingress.proxyConfig" . | squote }}
          service:
            {{- include "istio-alb-ingress.serviceSpec" . | trim | nindent 12 }}
          {{- with include "istio-alb-ingress.serviceAnnotations" . | trim }}
          serviceAnnotations:
            {{- . | nindent 12 }}
          {{- end }}
          overlays:
            - kind: Deployment
              name: {{ .Values.gateway.name | toYaml }}
              patches:
                - path: spec.template.spec.terminationGracePeriodSeconds
                  value: {{ include "istio-alb-ingress.graceSeconds" . }}
      {{- end }}
{{- end -}}

{{/*
How the IstioOperator is rendered: `resource`, `configMap`, `both` or nothing. A cluster's discovery is known by kinds, as
install and Argo CD pass them; a bare `helm template` knows no kind at all, and gets both, so that
`--show-only templates/istio-operator.yaml` always has something for istioctl.
*/}}
{{- define "istio-alb-ingress.istioOperatorForm" -}}
{{- $asked := false -}}
{{- range .Values._edges.gateways -}}{{- if eq .Values.gateway.provider "istio-operator" -}}{{- $asked = true -}}{{- end -}}{{- end -}}
{{- if $asked -}}
{{- $render := .Values.gateway.istioOperator.render -}}
{{- if ne $render "auto" -}}{{- $render -}}
{{- else if .Capabilities.APIVersions.Has "install.istio.io/v1alpha1/IstioOperator" -}}resource
{{- else if .Capabilities.APIVersions.Has "v1/Service" -}}configMap
{{- else -}}both
{{- end -}}
{{- end -}}
{{- end -}}
