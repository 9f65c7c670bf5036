{{- define "istio-alb-ingress.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "istio-alb-ingress.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "istio-alb-ingress.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The name of an edge's own objects: the release's, and the edge's after it where edges have names. */}}
{{- define "istio-alb-ingress.edgeName" -}}
{{- $fullname := include "istio-alb-ingress.fullname" . -}}
{{- if .edge -}}
{{- printf "%s-%s" ($fullname | trunc (int (sub 62 (len .edge))) | trimSuffix "-") .edge -}}
{{- else -}}
{{- $fullname -}}
{{- end -}}
{{- end -}}

{{- define "istio-alb-ingress.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "istio-alb-ingress.ingressName" -}}
{{- default (include "istio-alb-ingress.edgeName" .) .Values.ingress.name -}}
{{- end -}}

{{/* The labels of every object; commonLabels win. None of them may become a selector: Istio's own labels select the gateway. */}}
{{- define "istio-alb-ingress.labels" -}}
{{- $labels := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/name" (include "istio-alb-ingress.name" .)
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
-}}
{{- toYaml (merge (deepCopy .Values.commonLabels) $labels) -}}
{{- end -}}

{{/* The metadata of an object: a list of the edge, the object's name and, where it has some, its annotations as YAML. */}}
{{- define "istio-alb-ingress.metadata" -}}
{{- $edge := index . 0 -}}
{{- $annotations := dict -}}
{{- if gt (len .) 2 -}}{{- $annotations = index . 2 | fromYaml -}}{{- end -}}
name: {{ index . 1 | toYaml }}
namespace: {{ include "istio-alb-ingress.namespace" $edge | toYaml }}
labels:
  {{- include "istio-alb-ingress.labels" $edge | nindent 2 }}
{{- with merge $annotations (deepCopy $edge.Values.commonAnnotations) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
The labels that select the gateway's pods, those of Istio's own charts: a Gateway that selects `istio: ingressgateway` finds
istio-ingressgateway.
*/}}
{{- define "istio-alb-ingress.selector" -}}
{{- $gateway := .Values.gateway -}}
{{- toYaml ($gateway.selector | default (dict "app" $gateway.name "istio" (trimPrefix "istio-" $gateway.name))) -}}
{{- end -}}
