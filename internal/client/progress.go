package client

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Progress is what goes on at a moment of a long call.
type Progress struct {
	What        string        // such as "uploading pictures"; the same words as long as the stage is the same
	Detail      string        // more of it, such as "strength 0.01, pass 14"
	Done, Total int           // counted work; Total 0 where nothing is counted
	Left        time.Duration // until the stage ends; 0 where nobody knows
}

// progressOf reads a version's status message, such as "The model is being trained: looking at pictures, 640 of 1500,
// about 12s left.". What comes before the first part with a digit names the stage.
func progressOf(message string) (p Progress) {
	text, more := strings.CutPrefix(strings.TrimSuffix(message, "."), "The model is being trained: ")
	if !more {
		return Progress{What: "waiting for the training to begin"}
	}
	var words, details []string
	for part := range strings.SplitSeq(text, ", ") {
		left, isLeft := strings.CutSuffix(part, " left")
		if n, _ := fmt.Sscanf(part, "%d of %d", &p.Done, &p.Total); n == 2 {
			continue
		}
		if isLeft {
			p.Left, _ = time.ParseDuration(strings.ReplaceAll(strings.TrimPrefix(left, "about "), " ", ""))
			continue
		}
		if len(details) > 0 || strings.ContainsAny(part, "0123456789") {
			details = append(details, part)
		} else {
			words = append(words, part)
		}
	}
	p.What, p.Detail = strings.Join(words, ", "), strings.Join(details, ", ")
	return p
}

// counter gives a function that tells follow of one more piece of counted work; it may be called from many goroutines.
func counter(follow func(Progress), what string, total int) func() {
	var mu sync.Mutex
	p, began := Progress{What: what, Total: total}, time.Now()
	follow(p)
	return func() {
		mu.Lock()
		defer mu.Unlock()
		p.Done++
		if took := time.Since(began); took > 2*time.Second {
			p.Left = took / time.Duration(p.Done) * time.Duration(total-p.Done)
		}
		follow(p)
	}
}
