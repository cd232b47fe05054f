package ownsight

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Node is one of the servers that share their state.
type Node struct {
	Name    string // the same whenever it starts
	Address string // http://HOST:PORT at which the others reach it
	Roles   Roles
	Units   int64  // inference units that it has
	Program string // and its version
	Started time.Time
	Beat    int64 // goes up as long as the node lives
	Leaving bool  // it is about to stop, and takes nothing more
}

// Placement is a part of a running model that a node answers for.
type Placement struct {
	Node  string
	Units int64 // that it keeps for the model
}

// Role is a part of the work.
type Role string

// The roles of a node.
const (
	RoleAPI   Role = "api"   // takes the calls of clients
	RoleTrain Role = "train" // does the long work: trainings, datasets, copies, images
	RoleServe Role = "serve" // answers for running models
)

// Roles are those of one node.
type Roles []Role

// AllRoles is what a server on its own has.
func AllRoles() Roles { return Roles{RoleAPI, RoleTrain, RoleServe} }

// ParseRoles reads names of roles with commas between them. An unknown one, one that is there twice, or none at all is an
// error.
func ParseRoles(text string) (Roles, error) {
	var roles Roles
	for name := range strings.SplitSeq(text, ",") {
		r := Role(strings.TrimSpace(name))
		if !slices.Contains(AllRoles(), r) || slices.Contains(roles, r) {
			return nil, fmt.Errorf("roles: %q is none of api, train and serve, or is there twice", string(r))
		}
		roles = append(roles, r)
	}
	return roles, nil
}

// Has reports whether a role is among them.
func (r Roles) Has(role Role) bool { return slices.Contains(r, role) }

func (r Roles) String() string {
	names := make([]string, len(r))
	for i, role := range r {
		names[i] = string(role)
	}
	return strings.Join(names, ",")
}
