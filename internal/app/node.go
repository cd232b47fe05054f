package app

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"ownsight"
	"ownsight/internal/catalog"
	"ownsight/internal/cgroup"
	"ownsight/internal/cluster"
	"ownsight/internal/dataset"
	"ownsight/internal/model"
	"ownsight/internal/rekognition"
	"ownsight/internal/serving"
	"ownsight/internal/store"
	"ownsight/internal/training"
)

// handover is how long a node that stops goes on answering after it has told the others, so that they and whatever balances
// load between them have noticed.
const handover = 2500 * time.Millisecond

// join makes this node one of those that share the database.
func (a *App) join(ctx context.Context, state *store.Store) (*cluster.Cluster, error) {
	name, err := nodeName(a.config.Data)
	if err != nil {
		return nil, err
	}
	roles, err := a.config.NodeRoles()
	if err != nil {
		return nil, err
	}
	self := ownsight.Node{Name: name, Address: a.advertised(), Roles: roles, Program: a.program, Started: time.Now()}
	if roles.Has(ownsight.RoleServe) {
		self.Units = a.config.Units
	}
	options := cluster.Options{Store: state, Self: self, Now: time.Now, Log: a.log}
	if file := a.config.TLS.CA; file != "" {
		trusted, err := openAuthorities(file, a.log)
		if err != nil {
			return nil, err
		}
		options.Authorities = trusted.pool
	}
	return cluster.Join(ctx, options)
}

// advertised is the address at which other nodes reach this one: as configured, or the one that it listens at. Of a node
// that listens everywhere it is the host's name.
func (a *App) advertised() string {
	if a.config.Advertise != "" {
		return a.config.Advertise
	}
	host, port, err := net.SplitHostPort(a.address)
	if ip := net.ParseIP(host); err == nil && (ip == nil || ip.IsUnspecified()) {
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	return a.scheme() + "://" + net.JoinHostPort(host, port)
}

// queues are those that a node of some roles works on, and how much of each at a time.
func queues(roles ownsight.Roles) map[string]int {
	all := map[string]int{serving.Queue: 4}
	if roles.Has(ownsight.RoleTrain) {
		all[dataset.Queue], all[model.Queue], all[training.Queue] = 2, 2, 1
		all[catalog.Queue], all[catalog.Upkeep] = 4, 2
	}
	return all
}

// tend looks after the running models and helps other nodes with their trainings until the server stops, and hands the
// models over then.
func (a *App) tend(labels rekognition.Services, roles ownsight.Roles) {
	s := labels.Serving
	ctx, stop := context.WithCancel(context.Background())
	var tending sync.WaitGroup
	tending.Go(func() { s.Run(ctx) })
	tending.Go(func() { labels.Meter.Run(ctx) })
	if roles.Has(ownsight.RoleTrain) {
		tending.Go(func() { labels.Training.Help(ctx) })
	}
	a.leave = func(ctx context.Context) {
		stop()
		tending.Wait()
		others, err := s.Leave(ctx)
		if err != nil {
			a.log.Warn("running models could not be handed over; other nodes will notice that they are gone", "error", err)
		}
		if others {
			select {
			case <-time.After(handover):
			case <-ctx.Done():
			}
		}
	}
}

// modelMemory is how many bytes running models may take: half of what the machine has, or the container or service
// that it runs in.
func (a *App) modelMemory() int64 {
	if a.config.ModelMemory > 0 {
		return a.config.ModelMemory
	}
	all := int64(4 << 30) // where nothing can be found out
	if info := new(syscall.Sysinfo_t); syscall.Sysinfo(info) == nil {
		all = int64(info.Totalram) * int64(info.Unit)
	}
	if bound, ok := cgroup.Self(); ok {
		all = min(all, bound.Limit)
	}
	return all / 2
}
