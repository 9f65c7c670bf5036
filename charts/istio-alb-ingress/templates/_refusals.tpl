{{/*
One refusal: `CODE key: what is wrong; what to set`. The key is written as in values. Each ends with a line break; the
guard template collects them all and fails once.
*/}}
{{- define "istio-alb-ingress.refusal" -}}
{{- printf "%s %s: %s; %s\n" .code .key .wrong .set -}}
{{- end -}}

{{/* An integer between two bounds. YAML's numbers reach templates as floats, those of --set as integers. */}}
{{- define "istio-alb-ingress.guardInteger" -}}
{{- $isNumber := or (kindIs "float64" .value) (kindIs "int64" .value) (kindIs "int" .value) -}}
{{- $expected := printf "set an integer from %d to %d" .from .to -}}
{{- if not $isNumber -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "VALUE_NOT_AN_INTEGER" "key" .key "wrong" (printf "is %s, which is no number" (toJson .value)) "set" $expected) -}}
{{- else if ne (float64 .value) (floor .value) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "VALUE_NOT_AN_INTEGER" "key" .key "wrong" (printf "is %v" .value) "set" $expected) -}}
{{- else if or (lt (int .value) .from) (gt (int .value) .to) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "VALUE_OUT_OF_RANGE" "key" .key "wrong" (printf "is %d" (int .value)) "set" $expected) -}}
{{- end -}}
{{- end -}}

{{- define "istio-alb-ingress.guardOneOf" -}}
{{- if not (has .value .allowed) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "VALUE_UNKNOWN" "key" .key "wrong" (printf "is %s" (toJson .value)) "set" (printf "set %s" (join " or " .allowed))) -}}
{{- end -}}
{{- end -}}

{{- define "istio-alb-ingress.guardPattern" -}}
{{- $text := toString (default "" .value) -}}
{{- if not (kindIs "string" (default "" .value)) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "VALUE_NOT_A_STRING" "key" .key "wrong" (printf "is %s" (toJson .value)) "set" (printf "set %s" .expected)) -}}
{{- else if or (not (regexMatch .pattern $text)) (gt (len $text) .longest) -}}
{{- include "istio-alb-ingress.refusal" (dict "code" "VALUE_MALFORMED" "key" .key "wrong" (printf "is %q" $text) "set" (printf "set %s" .expected)) -}}
{{- end -}}
{{- end -}}

{{/* Numbers that must differ: a list of key and value pairs, told with both keys. */}}
{{- define "istio-alb-ingress.guardDistinct" -}}
{{- $seen := dict -}}
{{- $code := .code -}}
{{- range .entries -}}
{{- $number := toString .value -}}
{{- if hasKey $seen $number -}}
{{- include "istio-alb-ingress.refusal" (dict "code" $code "key" .key "wrong" (printf "is %s, as is %s" $number (get $seen $number)) "set" "set another number") -}}
{{- else -}}
{{- $_ := set $seen $number .key -}}
{{- end -}}
{{- end -}}
{{- end -}}
