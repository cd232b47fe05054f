package doctor

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/klauspost/cpuid/v2"

	"ownsight/internal/cgroup"
	"ownsight/internal/config"
	"ownsight/internal/vision"
	"ownsight/internal/vision/backbone"
	ort "ownsight/internal/vision/nn/runtime"
)

// processor names the vector instructions that decide how fast pictures are looked at.
func processor(context.Context, config.Config) Finding {
	cpu := cpuid.CPU
	found := strings.TrimSpace(cpu.BrandName)
	if found == "" {
		found = runtime.GOARCH
	}
	if runtime.GOARCH != "amd64" {
		return ok(found)
	}
	for _, f := range []struct {
		name string
		ids  []cpuid.FeatureID
	}{{"AVX2", []cpuid.FeatureID{cpuid.AVX2, cpuid.FMA3}}, {"AVX-512", []cpuid.FeatureID{cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512VL}}} {
		found += ", " + has(cpu.Supports(f.ids...), f.name)
	}
	found += ", " + has(cpu.Supports(cpuid.AVX512VNNI) || cpu.Supports(cpuid.AVXVNNI), "VNNI")
	if !cpu.Supports(cpuid.AVX2, cpuid.FMA3) {
		return warn(found, "pictures take several times as long as they need; use a machine with AVX2, or give the virtual machine the processor type of its host")
	}
	return ok(found)
}

func has(yes bool, name string) string {
	if yes {
		return name
	}
	return "no " + name
}

func cores(_ context.Context, c config.Config) Finding {
	found := fmt.Sprintf("%d of %d in use", c.Threads, runtime.NumCPU())
	switch {
	case c.Threads > runtime.GOMAXPROCS(0):
		return warn(found, fmt.Sprintf("threads is more than the %d cores that this process may use; leave it out of the configuration", runtime.GOMAXPROCS(0)))
	case c.Threads == 1:
		return warn(found, "while a model is trained, answers are slow; give the server two cores")
	}
	return ok(found)
}

// What a server takes: some 300 MB at rest, more while it trains on thousands of pictures.
const (
	leastMemory  = 512 << 20
	enoughMemory = 2 << 30
)

func memory(_ context.Context, c config.Config) Finding {
	meminfo, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return warn("unknown: "+err.Error(), "nothing to do where there is no /proc")
	}
	available := memAvailable(meminfo)
	if bound, ok := cgroup.Self(); ok {
		available = min(available, uint64(bound.Left()))
	}
	return judgeMemory(available, c.Pixels)
}

func judgeMemory(available uint64, pixels int64) Finding {
	found := humanize.IBytes(available) + " available"
	need := uint64(3 * pixels) // decoded pictures, three bytes a pixel
	switch {
	case available < leastMemory+need:
		return bad(found, fmt.Sprintf("the server needs %s; end other programs, give it more, or lower `pixels` in the configuration", humanize.IBytes(leastMemory+need)))
	case available < enoughMemory:
		return warn(found, "enough to serve models; training on thousands of pictures takes "+humanize.IBytes(enoughMemory))
	}
	return ok(found)
}

// memAvailable reads the kernel's own estimate of what programs can still get, in bytes.
func memAvailable(meminfo []byte) uint64 {
	for line := range strings.Lines(string(meminfo)) {
		if rest, is := strings.CutPrefix(line, "MemAvailable:"); is {
			kb, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10
		}
	}
	return 0
}

// slow is a time for one picture on one core that something must be wrong with; 5 ms are usual.
const slow = 60 * time.Millisecond

// engine loads the runtime and looks at a picture.
func engine(ctx context.Context, c config.Config) Finding {
	e, err := vision.Open(vision.Options{Threads: 1, Pixels: c.Pixels})
	if err != nil {
		return bad(err.Error(), "models can be neither trained nor run; take the program as it was built for this machine by `make build`")
	}
	defer e.Close()
	file, err := picture()
	if err != nil {
		return bad(err.Error(), "report this as a fault")
	}
	ask := vision.Ask{Outputs: []string{backbone.Features}}
	if _, err = e.Look(ctx, file, ask); err != nil { // the first use makes room for itself
		return bad("does not compute: "+err.Error(), "report this as a fault, with the line about the processor")
	}
	began := time.Now()
	seen, err := e.Look(ctx, file, ask)
	took := time.Since(began)
	if err != nil || dead(seen[0][0].Float32) {
		return bad(fmt.Sprintf("computes nonsense (error %v)", err), "report this as a fault, with the line about the processor")
	}
	version, err := ort.Version()
	if err != nil {
		return bad(err.Error(), "report this as a fault")
	}
	front, err := backbone.Check(ctx)
	if err != nil {
		return bad(err.Error(), "report this as a fault")
	}
	found := fmt.Sprintf("ONNX Runtime %s, %s, %.1f ms a picture; %s", version, e.Net().Name, float64(took.Microseconds())/1000, front.Reason)
	if took > slow {
		return warn(found, "far slower than usual; is the machine busy, or without AVX2?")
	}
	return ok(found)
}

// dead reports whether features hold no information or no numbers.
func dead(features []float32) bool {
	differ := false
	for _, f := range features {
		if f-f != 0 {
			return true
		}
		differ = differ || f != features[0]
	}
	return !differ
}

// picture draws something with edges and colours.
func picture() ([]byte, error) {
	m := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for y := range 480 {
		for x := range 640 {
			m.SetRGBA(x, y, color.RGBA{uint8(x * 255 / 640), uint8(y * 255 / 480), uint8((x/40 + y/40) % 2 * 200), 255})
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, m, nil)
	return b.Bytes(), err
}
