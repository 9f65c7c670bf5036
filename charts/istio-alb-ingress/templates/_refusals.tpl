{{/*
One refusal: `CODE key: what is wrong; set what to set`, or `; did you mean another key?`. The key is written as in values. Each
ends with a line break; all are collected, and the render fails once.
*/}}
{{- define "istio-alb-ingress.refusal" -}}
{{- $hint := printf "set %s" .set -}}
{{- with .meant -}}{{- $hint = printf "did you mean %s?" . -}}{{- end -}}
{{- printf "%s %s: %s; %s\n" .code (.key | replace "\n" " ") (.wrong | replace "\n" " ") $hint -}}
{{- end -}}

{{- define "istio-alb-ingress.refuse" -}}
{{- if . -}}{{- fail (print "\n" (. | trim | splitList "\n" | uniq | join "\n")) -}}{{- end -}}
{{- end -}}

{{/* Numbers or names that must differ: a list of key and value pairs, told with both keys. */}}
{{- define "istio-alb-ingress.distinct" -}}
{{- $seen := dict -}}
{{- $code := .code -}}
{{- range .entries -}}
{{- $value := toString .value -}}
{{- if hasKey $seen $value -}}
{{- include "istio-alb-ingress.refusal" (dict "code" $code "key" .key "wrong" (printf "is %s, as is %s" $value (get $seen $value)) "set" "another") -}}
{{- else -}}
{{- $_ := set $seen $value .key -}}
{{- end -}}
{{- end -}}
{{- end -}}
