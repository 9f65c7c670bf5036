{{/*
The edges of a release: one from the values outside `edges`, or, where edges have names, each with its own values laid over
those. An edge is a context like the root's, with `edge` (its name) and `prefix` (of its keys, in refusals) beside.

Takes the root context, prints nothing and leaves `all` and `gateways` (the edges whose gateways differ, each gateway once) in
.Values._edges, so that guard and merging are done once a render. Every template includes it first, because Helm renders in
an order of its own, and a template that stumbles over a missing value would speak before the guard.
*/}}
{{- define "istio-alb-ingress.edges" -}}
{{- if not (hasKey .Values "_edges") -}}
{{- /* Through JSON: a copy, in which every number is a float64, whatever Helm read it as. */ -}}
{{- $values := .Values | toJson | fromJson -}}
{{- $refusals := include "istio-alb-ingress.shapeOfRoot" (dict "Files" .Files "values" $values) -}}
{{- include "istio-alb-ingress.refuse" $refusals -}}
{{- $all := list -}}
{{- $gateways := dict -}}
{{- $inOrder := list -}}
{{- range $name, $above := $values.edges | default (dict "" dict) -}}
{{- $merged := omit $values "edges" | toJson | fromJson -}}
{{- include "istio-alb-ingress.overlay" (list $merged $above) -}}
{{- $edge := dict "Values" $merged "edge" $name "prefix" (ternary (printf "edges.%s." $name) "" (ne $name "")) -}}
{{- range $key := list "Release" "Chart" "Capabilities" "Files" "Template" -}}
{{- $_ := set $edge $key (get $ $key) -}}
{{- end -}}
{{- $all = append $all $edge -}}
{{- if not (hasKey $gateways $merged.gateway.name) -}}
{{- $_ := set $gateways $merged.gateway.name $edge -}}
{{- $inOrder = append $inOrder $edge -}}
{{- end -}}
{{- end -}}
{{- include "istio-alb-ingress.refuse" (include "istio-alb-ingress.contradictions" $all) -}}
{{- $_ := set .Values "_edges" (dict "all" $all "gateways" $inOrder) -}}
{{- end -}}
{{- end -}}

{{/* Lays one mapping over another, key by key, as Helm does with values files. A list of the lower and the upper one. */}}
{{- define "istio-alb-ingress.overlay" -}}
{{- $below := index . 0 -}}
{{- range $key, $value := index . 1 -}}
{{- if and (kindIs "map" $value) (kindIs "map" (get $below $key)) -}}
{{- include "istio-alb-ingress.overlay" (list (get $below $key) $value) -}}
{{- else -}}
{{- $_ := set $below $key $value -}}
{{- end -}}
{{- end -}}
{{- end -}}
