package serving

import (
	"sync"
	"time"

	"ownsight"
)

// sightingLife is how long a version that was found running is taken to run still, so that not every picture asks the
// database. A version that another node stops may answer here for so long.
const sightingLife = time.Second

// sightings remembers when versions were found running.
//
// A stop on this node holds at once: clear comes after the stop is in the database, and an answer that was asked for
// before it is not kept.
type sightings struct {
	mu      sync.Mutex
	byARN   map[ownsight.VersionARN]sighting
	cleared time.Time
}

type sighting struct {
	id int64
	at time.Time
}

func newSightings() *sightings { return &sightings{byARN: map[ownsight.VersionARN]sighting{}} }

// recent gives the row number of a version that was found running a moment ago.
func (s *sightings) recent(arn ownsight.VersionARN, now time.Time) (id int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.byARN[arn]
	return last.id, ok && now.Sub(last.at) < sightingLife
}

// keep remembers what the database said when it was asked at a time. What was asked before the last clear may be past.
func (s *sightings) keep(arn ownsight.VersionARN, id int64, asked time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if asked.After(s.cleared) {
		s.byARN[arn] = sighting{id, asked}
	}
}

// clear forgets everything: this node has stopped a version.
func (s *sightings) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.byARN)
	s.cleared = time.Now()
}
