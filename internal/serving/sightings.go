package serving

import (
	"sync"
	"time"

	"ownsight"
)

// sightingLife is how long a version that was found running is taken to run still, so that not every picture asks the
// database. A version that another node stops is forgotten here before it is STOPPED, see runStop.
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
	id     int64 // row number of the version
	placed []ownsight.Placement
	at     time.Time
}

func newSightings() *sightings { return &sightings{byARN: map[ownsight.VersionARN]sighting{}} }

// recent gives a version that was found running a moment ago.
func (s *sightings) recent(arn ownsight.VersionARN, now time.Time) (sighting, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.byARN[arn]
	return last, ok && now.Sub(last.at) < sightingLife
}

// keep remembers what the database said. What was asked before the last clear may be past.
func (s *sightings) keep(arn ownsight.VersionARN, at sighting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.at.After(s.cleared) {
		s.byARN[arn] = at
	}
}

// clear forgets everything: this node has stopped a version.
func (s *sightings) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.byARN)
	s.cleared = time.Now()
}
