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
          {{- $workload := .Values.gateway.workload }}
          {{- with include "istio-alb-ingress.placement" . | trim }}
          {{- . | nindent 10 }}
          {{- end }}
          {{- with include "istio-alb-ingress.env" . | trim }}
          env:
            {{- . | nindent 12 }}
          {{- end }}
          # Istio's chart makes an autoscaler in any case: of a fixed number of pods it is told that number.
          hpaSpec:
            {{- if $workload.autoscaling.enabled }}
            {{- include "istio-alb-ingress.autoscaling" . | nindent 12 }}
            {{- else }}
            minReplicas: {{ max 1 (int $workload.replicas) }}
            maxReplicas: {{ max 1 (int $workload.replicas) }}
            {{- end }}
          {{- if and (not $workload.autoscaling.enabled) (eq (int $workload.replicas) 0) }}
          replicaCount: 0
          {{- end }}
          podAnnotations:
            proxy.istio.io/config: {{ include "istio-alb-ingress.proxyConfig" . | squote }}
            {{- with $workload.podAnnotations }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          {{- with $workload.resources }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with $workload.podSecurityContext }}
          securityContext:
            {{- toYaml . | nindent 12 }}
          {{- end }}
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
                {{- include "istio-alb-ingress.deploymentPatches" . | trim | nindent 16 }}
            # The profile's budget has minAvailable, which excludes maxUnavailable: a patch without a value takes it away.
            - kind: PodDisruptionBudget
              name: {{ .Values.gateway.name | toYaml }}
              patches:
                - path: spec.minAvailable
                - path: spec.maxUnavailable
                  value: {{ ternary (include "istio-alb-ingress.maxUnavailable" .) (quote "100%") $workload.disruptionBudget.enabled }}
            {{- if .Values.gateway.service.labels }}
            - kind: Service
              name: {{ .Values.gateway.name | toYaml }}
              patches:
                {{- include "istio-alb-ingress.mapPatches" (dict "path" "metadata.labels" "values" .Values.gateway.service.labels) | trim | nindent 16 }}
            {{- end }}
      {{- end }}
{{- end -}}

{{/* Patches of what istioctl has no field for: steps of a path are separated by dots, those of keys are escaped. */}}
{{- define "istio-alb-ingress.deploymentPatches" -}}
{{- $workload := .Values.gateway.workload -}}
{{- $container := "spec.template.spec.containers.[name:istio-proxy]" -}}
{{- include "istio-alb-ingress.mapPatches" (dict "path" "spec.template.metadata.labels" "values" $workload.podLabels) -}}
{{- include "istio-alb-ingress.mapPatches" (dict "path" (print $container ".securityContext") "values" $workload.containerSecurityContext) -}}
{{- if include "istio-alb-ingress.spreads" . }}
- path: spec.template.spec.topologySpreadConstraints
  value:
    {{- include "istio-alb-ingress.topologySpread" (dict "edge" . "selector" (include "istio-alb-ingress.selector" .)) | trim | nindent 4 }}
{{- end }}
{{- with $workload.imagePullSecrets }}
- path: spec.template.spec.imagePullSecrets
  value:
    {{- range . }}
    - name: {{ . | toYaml }}
    {{- end }}
{{- end }}
{{- /* An index beyond the end appends. */}}
{{- range $path, $entries := dict "spec.template.spec.volumes" $workload.volumes (print $container ".volumeMounts") $workload.volumeMounts }}
{{- range $entries }}
- path: {{ $path }}.[1000]
  value:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}
{{- with $workload.strategy }}
- path: spec.strategy
  value:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end -}}

{{/* A patch for each key of a mapping, whose other keys stay. */}}
{{- define "istio-alb-ingress.mapPatches" -}}
{{- range $key, $value := .values }}
- path: {{ printf "%s.%s" $.path ($key | replace "." "\\.") | squote }}
  value: {{ $value | toJson }}
{{- end }}
{{- end -}}

{{/*
How the IstioOperator is rendered: `resource`, `configMap` or nothing. A resource only where the cluster has the kind, or somebody
asks for it: elsewhere the API server would refuse it, and whatever else is applied with it.
*/}}
{{- define "istio-alb-ingress.istioOperatorForm" -}}
{{- $asked := false -}}
{{- range .Values._edges.gateways -}}{{- if eq .Values.gateway.provider "istio-operator" -}}{{- $asked = true -}}{{- end -}}{{- end -}}
{{- if $asked -}}
{{- $render := .Values.gateway.istioOperator.render -}}
{{- if ne $render "auto" -}}{{- $render -}}
{{- else if .Capabilities.APIVersions.Has "install.istio.io/v1alpha1/IstioOperator" -}}resource
{{- else -}}configMap
{{- end -}}
{{- end -}}
{{- end -}}
