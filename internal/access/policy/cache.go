package policy

import "sync"

// Parsed documents are remembered, for every request of a user asks for the same few, and reading one takes longer than
// judging by it. At most maxRemembered documents of at most maxRememberedSize bytes are: longer ones are mostly white space.
const (
	maxRemembered     = 1024
	maxRememberedSize = 8 << 10
)

var remembered cache

type cache struct {
	mu     sync.RWMutex
	parsed map[source][]*statement
}

type source struct {
	document string
	kind     kind
}

func (c *cache) parse(document string, k kind) ([]*statement, error) {
	key := source{document, k}
	c.mu.RLock()
	statements, ok := c.parsed[key]
	c.mu.RUnlock()
	if ok {
		return statements, nil
	}
	statements, err := parse(document, k)
	if err == nil && len(document) <= maxRememberedSize {
		c.keep(key, statements)
	}
	return statements, err
}

// keep makes room by forgetting any other document.
func (c *cache) keep(key source, statements []*statement) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parsed == nil {
		c.parsed = map[source][]*statement{}
	}
	for other := range c.parsed {
		if len(c.parsed) < maxRemembered {
			break
		}
		delete(c.parsed, other)
	}
	c.parsed[key] = statements
}
