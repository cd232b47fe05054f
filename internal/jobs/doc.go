// Package jobs runs long work so that it survives: a piece of work that is killed goes on from its last checkpoint, on
// this node or another, and work that cannot succeed ends in a state that says so.
//
// Its one idea: the fact is a row with a lease, a heartbeat and a fencing token, written in the same transaction as the
// state that the work will change. The River queue only says that there is something to take up: its jobs may be lost,
// doubled or late without harm. Whoever takes up work claims its row first; every write under the lease fails once
// somebody else has claimed it since; a sweeper finds rows that nobody holds and queues them again.
//
// Leases are compared by the clocks of the nodes, which have to agree to within a lease.
package jobs
