package backbone

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	threads "runtime"

	"golang.org/x/sys/unix"

	"ownsight/internal/vision/nn/runtime"
	"ownsight/internal/vision/picture"
)

// Verdict is what Check found out about this machine.
type Verdict struct {
	Front   Front   // the one to use
	Reason  string  // in a sentence
	Exact   bool    // Int8 gives the very numbers that it gives elsewhere: models of that front may be served
	Cosine  float64 // between the features of both fronts, the least of the pictures; 1 is alike
	Error   float64 // length of their difference beside the length of Float32's, the greatest of the pictures
	FloatMS float64 // milliseconds a picture on one core, the least of several runs
	Int8MS  float64
}

const (
	// mapsSum is the SHA-256 of all that Int8 makes of the drawn pictures.
	mapsSum = "cddedde45a08d3d31a9d33617a7bf85fc98a82073bc9c3179477268d2b252a15"

	// What the features of drawn pictures must reach: 0.9993 and 0.037 were measured, and with sums cut off 0.97 and 0.24.
	leastCosine = 0.995
	mostError   = 0.1

	// worth is the part of Float32's time that Int8 may take. Above it the two are too close to be told apart safely.
	worth = 0.8

	drawnPictures = 3
	timedRuns     = 8
)

var outputs = []string{Stride8, Stride16, Stride32, Features}

// Check tells whether the front Int8 is right and quick on this machine: it runs both fronts over drawn pictures,
// compares what Int8 gives with what is known, bit for bit, and its features with those of Float32, and takes the time
// of both. CPUs with AVX2 but not VNNI add products of bytes in 16 bits and cut off what does not fit; there Int8 is
// wrong. It takes half a second of one core.
//
// Exact depends on the kind of CPU alone. Which front is quicker is a matter of time: where that decides between models,
// ask once and keep the answer. Errors are those of ctx and of a network that cannot be loaded.
func Check(ctx context.Context) (Verdict, error) {
	floats, err := openFront(Float32)
	if err != nil {
		return Verdict{}, err
	}
	defer floats.Close()
	integers, err := openFront(Int8)
	if err != nil {
		return Verdict{}, err
	}
	defer integers.Close()
	v := Verdict{Cosine: 1}
	v.Exact, err = exact(ctx, integers, func(rgb *picture.RGB, got []runtime.Tensor) error {
		want, err := look(ctx, floats, rgb)
		if err != nil {
			return err
		}
		last := len(outputs) - 1
		cosine, apart := alike(want[last].Float32, got[last].Float32)
		v.Cosine, v.Error = min(v.Cosine, cosine), max(v.Error, apart)
		return nil
	})
	if err != nil {
		return Verdict{}, err
	}
	if v.FloatMS, v.Int8MS, err = race(ctx, floats, integers); err != nil {
		return Verdict{}, err
	}
	v.decide()
	return v, nil
}

// Exact tells whether the front Int8 gives the very numbers here that it gives elsewhere, which is all that a model that was trained
// on it needs. It takes a tenth of a second of one core.
func Exact(ctx context.Context) (bool, error) {
	integers, err := openFront(Int8)
	if err != nil {
		return false, err
	}
	defer integers.Close()
	return exact(ctx, integers, func(*picture.RGB, []runtime.Tensor) error { return nil })
}

// exact compares what Int8 makes of the drawn pictures with what is known, and tells it.
func exact(ctx context.Context, integers *Backbone, tell func(*picture.RGB, []runtime.Tensor) error) (bool, error) {
	hash := sha256.New()
	for i := range drawnPictures {
		rgb := drawn(uint64(i))
		got, err := look(ctx, integers, rgb)
		if err != nil {
			return false, err
		}
		for _, m := range got {
			if err := binary.Write(hash, binary.LittleEndian, m.Float32); err != nil {
				return false, err
			}
		}
		if err := tell(rgb, got); err != nil {
			return false, err
		}
	}
	return hex.EncodeToString(hash.Sum(nil)) == mapsSum, nil
}

// decide chooses the front from all else.
func (v *Verdict) decide() {
	v.Front = Float32
	times := fmt.Sprintf("%.1f ms a picture, %s %.1f ms", v.Int8MS, Float32, v.FloatMS)
	switch {
	case !(v.Cosine >= leastCosine && v.Error <= mostError):
		v.Reason = fmt.Sprintf("the features of %s are wrong on this CPU: cosine %.4f, error %.3f", Int8, v.Cosine, v.Error)
	case !v.Exact:
		v.Reason = fmt.Sprintf("%s gives other numbers on this CPU than elsewhere", Int8)
	case !(v.Int8MS <= worth*v.FloatMS):
		v.Reason = fmt.Sprintf("%s gains too little on this CPU: %s", Int8, times)
	default:
		v.Front = Int8
		v.Reason = fmt.Sprintf("%s is exact on this CPU and takes %s", Int8, times)
	}
}

// openFront opens a front as those that use it do.
func openFront(f Front) (*Backbone, error) {
	b, err := Open(Options{Net: Of(f), Outputs: outputs})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f, err)
	}
	return b, nil
}

func look(ctx context.Context, b *Backbone, drawn *picture.RGB) ([]runtime.Tensor, error) {
	in := b.NewInput()
	b.Draw(drawn, picture.Identity(), in)
	return b.Look(ctx, in, nil)
}

// race gives the least time of each of two fronts, in milliseconds of this thread, which does all their work: what else
// runs on the machine takes the core away, but is not counted.
func race(ctx context.Context, a, b *Backbone) (float64, float64, error) {
	threads.LockOSThread()
	defer threads.UnlockOSThread()
	picture := drawn(0)
	least := [2]float64{math.Inf(1), math.Inf(1)}
	for range timedRuns {
		for i, s := range []*Backbone{a, b} {
			start, err := worked()
			if err != nil {
				return 0, 0, err
			}
			if _, err := look(ctx, s, picture); err != nil {
				return 0, 0, err
			}
			end, err := worked()
			if err != nil {
				return 0, 0, err
			}
			least[i] = min(least[i], end-start)
		}
	}
	return least[0], least[1], nil
}

// worked is how many milliseconds this thread has run.
func worked() (float64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0, fmt.Errorf("backbone: the time of a thread: %w", err)
	}
	return float64(t.Nano()) / 1e6, nil
}

// alike gives the cosine of two vectors, and the length of their difference beside that of want.
func alike(want, got []float32) (cosine, apart float64) {
	var product, wants, gots, difference float64
	for i := range want {
		w, g := float64(want[i]), float64(got[i])
		product, wants, gots = product+w*g, wants+w*w, gots+g*g
		difference += (w - g) * (w - g)
	}
	return product / math.Sqrt(wants*gots), math.Sqrt(difference / wants)
}

// drawn is a picture of a gradient, grain and rectangles in many colours and sizes. It is made of integers alone, and so
// the same everywhere.
func drawn(seed uint64) *picture.RGB {
	const side = inputSize
	random := rand.New(rand.NewPCG(seed, 224))
	pixels := make([]int, PictureLength)
	for c := range 3 {
		across, down := random.IntN(256), random.IntN(256)
		for i := range side * side {
			pixels[c*side*side+i] = (i%side*across+i/side*down)/side + random.IntN(32)
		}
	}
	for range 48 {
		left, top := random.IntN(side), random.IntN(side)
		right, bottom := min(left+4+random.IntN(side/2), side), min(top+4+random.IntN(side/2), side)
		for c := range 3 {
			colour := random.IntN(256)
			for y := top; y < bottom; y++ {
				for x := left; x < right; x++ {
					pixels[(c*side+y)*side+x] = colour + (x^y)%32
				}
			}
		}
	}
	rgb := &picture.RGB{Size: picture.Square(side), Pix: make([]byte, PictureLength)}
	for i, p := range pixels {
		rgb.Pix[i%(side*side)*3+i/(side*side)] = byte(min(p, 255))
	}
	return rgb
}
