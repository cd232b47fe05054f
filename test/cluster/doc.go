// Package cluster runs three nodes, PostgreSQL with a standby and two S3 servers on one machine, each in a network
// namespace of its own, and lets clients work on them while nodes are killed, stopped, paused and cut off, PostgreSQL is
// restarted and fails over, and S3 is away. In the end every acknowledged write is read back, nothing is stuck, and the
// histories of projects and versions are linearizable.
//
//	go test ./test/cluster                                   a minute of faults
//	make soak-cluster MINUTES=30                             the same for longer
//	OWNSIGHT_CLUSTER_SEED=7 go test ./test/cluster           the same faults again, as far as chance is ours
//	OWNSIGHT_CLUSTER_FAULTS='kill,cut from the database'     only these
package cluster
