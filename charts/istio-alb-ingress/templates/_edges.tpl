{{/*
The edges of a release: one from the values outside `edges`, or, where edges have names, each with its own values laid over
those. An edge is a context like the root's, with `edge` (its name) and `prefix` (of its keys, in refusals) beside.

Every template includes this first: Helm renders in an order of its own, and a template that stumbles over a missing value
would speak before the guard. Takes the root context, prints nothing, and leaves `all` and `gateways` (the edges whose gateways
differ, each gateway once) in .Values._edges, so that all of it is done once a render.
*/}}
{{- define "istio-alb-ingress.edges" -}}
{{- if not (hasKey .Values "_edges") -}}
{{- include "istio-alb-ingress.refuse" (include "istio-alb-ingress.judge" .) -}}
{{- end -}}
{{- end -}}

{{/* What is refused of the values, as lines; where nothing is, .Values._edges is set. */}}
{{- define "istio-alb-ingress.judge" -}}
{{- /* Through JSON: a copy, in which every number is a float64, whatever Helm read it as. */ -}}
{{- $values := .Values | toJson | fromJson -}}
{{- $refusals := include "istio-alb-ingress.shapeOfRoot" (dict "Files" .Files "values" $values) -}}
{{- if not $refusals -}}
{{- $all := list -}}
{{- $gateways := dict -}}
{{- $inOrder := list -}}
{{- range $name, $above := $values.edges | default (dict "" dict) -}}
{{- $merged := omit $values "edges" | toJson | fromJson -}}
{{- include "istio-alb-ingress.overlay" (list $merged $above) -}}
{{- $edge := dict "Values" $merged "edge" $name "own" $above "prefix" (ternary (printf "edges.%s." $name) "" (ne $name "")) -}}
{{- range $key := list "Release" "Chart" "Capabilities" "Files" "Template" -}}
{{- $_ := set $edge $key (get $ $key) -}}
{{- end -}}
{{- $all = append $all $edge -}}
{{- $gateway := get (get $merged "gateway" | default dict) "name" | toString -}}
{{- if not (hasKey $gateways $gateway) -}}
{{- $_ := set $gateways $gateway true -}}
{{- $inOrder = append $inOrder $edge -}}
{{- end -}}
{{- end -}}
{{- $refusals = include "istio-alb-ingress.contradictions" $all -}}
{{- if not $refusals -}}
{{- $_ := set .Values "_edges" (dict "all" $all "gateways" $inOrder) -}}
{{- end -}}
{{- end -}}
{{- $refusals -}}
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
