package store

import (
	"context"
	"fmt"

	"ownsight"
	"ownsight/internal/store/internal/db"
)

// Nodes reads and writes the servers that share the database.
type Nodes struct{ q *db.Queries }

// Put writes what a node says of itself.
func (n Nodes) Put(ctx context.Context, node ownsight.Node) error {
	return n.q.PutNode(ctx, db.PutNodeParams{
		Name: node.Name, Address: node.Address, Roles: node.Roles.String(), Units: node.Units, Program: node.Program,
		Started: millis(node.Started), Beat: node.Beat, Leaving: node.Leaving,
	})
}

// List gives all nodes by name, also those that are lost and not removed yet.
func (n Nodes) List(ctx context.Context) ([]ownsight.Node, error) {
	rows, err := n.q.ListNodes(ctx)
	list := make([]ownsight.Node, len(rows))
	for i, row := range rows {
		roles, err := ownsight.ParseRoles(row.Roles)
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", row.Name, err)
		}
		list[i] = ownsight.Node{Name: row.Name, Address: row.Address, Roles: roles, Units: row.Units, Program: row.Program,
			Started: fromMillis(row.Started), Beat: row.Beat, Leaving: row.Leaving}
	}
	return list, err
}

// Remove removes a node whose beat is still the one given, and reports whether it was.
func (n Nodes) Remove(ctx context.Context, node ownsight.Node) (bool, error) {
	removed, err := n.q.DeleteNode(ctx, db.DeleteNodeParams{Name: node.Name, Beat: node.Beat})
	return removed == 1, err
}

// Secret gives what only the nodes know under a name. The first that asks says what it is.
func (n Nodes) Secret(ctx context.Context, name, proposal string) (string, error) {
	if _, err := n.q.AddSecret(ctx, db.AddSecretParams{Name: name, Value: proposal}); err != nil {
		return "", err
	}
	return n.q.GetSecret(ctx, name)
}

// Placements reads and writes which nodes answer for running models.
type Placements struct{ q *db.Queries }

// Put writes how many units a node keeps for a version; 0 takes the version from it.
func (p Placements) Put(ctx context.Context, version int64, at ownsight.Placement) error {
	if at.Units == 0 {
		return p.q.DeletePlacement(ctx, db.DeletePlacementParams{VersionID: version, Node: at.Node})
	}
	return p.q.PutPlacement(ctx, db.PutPlacementParams{VersionID: version, Node: at.Node, Units: at.Units})
}

// Of gives the placements of a version by node.
func (p Placements) Of(ctx context.Context, version int64) ([]ownsight.Placement, error) {
	rows, err := p.q.PlacementsOfVersion(ctx, version)
	list := make([]ownsight.Placement, len(rows))
	for i, row := range rows {
		list[i] = ownsight.Placement{Node: row.Node, Units: row.Units}
	}
	return list, err
}

// Placed is a version on a node.
type Placed struct {
	Version  int64
	ARN      ownsight.VersionARN // without its time of creation
	Status   ownsight.VersionStatus
	Units    int64 // on this node
	Min, Max int64 // on all together
}

// On gives what is placed on a node.
func (p Placements) On(ctx context.Context, node string) ([]Placed, error) {
	rows, err := p.q.PlacementsOnNode(ctx, node)
	list := make([]Placed, len(rows))
	for i, row := range rows {
		list[i] = Placed{Version: row.VersionID, Status: ownsight.VersionStatus(row.Status), Units: row.Units, Min: row.MinUnits, Max: row.MaxUnits,
			ARN: ownsight.VersionARN{Account: row.Account, Region: row.Region, Project: row.Project, Name: row.Name}}
	}
	return list, err
}

// Promised gives how many units each node keeps; one that keeps none is absent.
func (p Placements) Promised(ctx context.Context) (map[string]int64, error) {
	rows, err := p.q.PromisedUnits(ctx)
	promised := make(map[string]int64, len(rows))
	for _, row := range rows {
		promised[row.Node] = row.Units
	}
	return promised, err
}

// Wanting is a version that runs on fewer units than it was started with.
type Wanting struct{ Version, Min, Placed int64 }

// Wanting gives some such versions.
func (p Placements) Wanting(ctx context.Context, limit int) ([]Wanting, error) {
	rows, err := p.q.VersionsToPlace(ctx, int32(limit))
	list := make([]Wanting, len(rows))
	for i, row := range rows {
		list[i] = Wanting{row.ID, row.MinUnits, row.Placed}
	}
	return list, err
}

// RemoveOf removes the placements of a version.
func (p Placements) RemoveOf(ctx context.Context, version int64) error {
	return p.q.DeletePlacementsOfVersion(ctx, version)
}

// RemoveOfNobody removes the placements on nodes that are gone or about to go, and tells how many there were.
func (p Placements) RemoveOfNobody(ctx context.Context) (int64, error) {
	return p.q.DeletePlacementsOfNobody(ctx)
}
