// Beside the launcher, once the executable has unpacked both: `import()` of the executable's own script knows Node's modules alone.
import('./istio-alb.js')
