package meter

import (
	"encoding/binary"
	"errors"
	"maps"
	"math/bits"
	"slices"
	"time"
)

// Times are durations, as a histogram whose buckets are a sixteenth as wide as what lies in them: a percentile is told to
// within 7 %, and a minute's take some 60 bytes.
type Times struct {
	Count         int64
	Sum, Min, Max time.Duration // to the microsecond
	buckets       map[int]int64
}

const (
	fineness = 16               // buckets for each doubling
	shift    = 5                // bits of a number below 2*fineness
	longest  = 24 * time.Hour   // whatever took longer is taken to have taken that
	shortest = time.Microsecond // likewise
)

// Add counts one more.
func (t *Times) Add(d time.Duration) {
	d = min(max(d.Truncate(time.Microsecond), shortest), longest)
	t.Merge(Times{Count: 1, Sum: d, Min: d, Max: d, buckets: map[int]int64{bucket(d): 1}})
}

// Merge counts those of another as well.
func (t *Times) Merge(o Times) {
	if o.Count == 0 {
		return
	}
	if t.Count == 0 || o.Min < t.Min {
		t.Min = o.Min
	}
	t.Max = max(t.Max, o.Max)
	t.Count += o.Count
	t.Sum += o.Sum
	if t.buckets == nil {
		t.buckets = make(map[int]int64, len(o.buckets))
	}
	for i, n := range o.buckets {
		t.buckets[i] += n
	}
}

// Quantile is the duration that a share of them, 0 to 1, does not exceed; 0 when there are none.
func (t *Times) Quantile(share float64) time.Duration {
	if t.Count == 0 {
		return 0
	}
	rank, below := share*float64(t.Count), 0.0
	for _, i := range slices.Sorted(maps.Keys(t.buckets)) {
		n := float64(t.buckets[i])
		if below+n >= rank {
			low, width := bounds(i)
			d := low + time.Duration((rank-below)/n*float64(width))
			return min(max(d, t.Min), t.Max)
		}
		below += n
	}
	return t.Max
}

// bucket is the number of the bucket that a duration lies in. Those below 2*fineness microseconds have one each.
func bucket(d time.Duration) int {
	us := uint64(d / time.Microsecond)
	doublings := max(bits.Len64(us)-shift, 0)
	return fineness*doublings + int(us>>doublings)
}

// bounds gives what a bucket begins with, and how much it holds.
func bounds(i int) (low, width time.Duration) {
	if i < 2*fineness {
		return time.Duration(i) * time.Microsecond, time.Microsecond
	}
	doublings := i/fineness - 1
	width = time.Microsecond << doublings
	return time.Duration(i%fineness+fineness) * width, width
}

// encode writes them as varints: sum, least, most, then for each bucket how far it is from the one before, and its count.
// Nothing is written of none.
func (t *Times) encode() []byte {
	if t.Count == 0 {
		return nil
	}
	var b []byte
	for _, d := range []time.Duration{t.Sum, t.Min, t.Max} {
		b = binary.AppendUvarint(b, uint64(d/time.Microsecond))
	}
	last := 0
	for _, i := range slices.Sorted(maps.Keys(t.buckets)) {
		b = binary.AppendUvarint(b, uint64(i-last))
		b = binary.AppendUvarint(b, uint64(t.buckets[i]))
		last = i
	}
	return b
}

var errTimes = errors.New("the times are not as they were written")

// decodeTimes reads what encode has written.
func decodeTimes(b []byte) (t Times, err error) {
	if len(b) == 0 {
		return t, nil
	}
	next := func() (n int64) {
		value, size := binary.Uvarint(b)
		if size <= 0 || value > 1<<62 {
			err, b = errTimes, nil
			return 0
		}
		b = b[size:]
		return int64(value)
	}
	for _, d := range []*time.Duration{&t.Sum, &t.Min, &t.Max} {
		*d = time.Duration(next()) * time.Microsecond
	}
	t.buckets = map[int]int64{}
	last := 0
	for len(b) > 0 && err == nil {
		last += int(next())
		n := next()
		t.buckets[last] += n
		t.Count += n
	}
	return t, err
}
