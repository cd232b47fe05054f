// Package threads runs functions on operating-system threads of several priorities, so that the kernel gives the cores to
// what is urgent whenever more want them: what a model has reserved before the reading and refusing of requests, that
// before what models take of spare time, and all of it before trainings.
//
// A goroutine has no priority, a thread has one; and a thread without privileges can be made less urgent but never urgent
// again. So each pool has threads of its own, which are kept for the next function and end when there was none for a while;
// those for what is reserved are made before all others are made less urgent (Reserve), and stay.
package threads

import (
	"context"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Pool is a set of threads of one priority. Its methods may be called concurrently.
type Pool struct {
	nice  int
	work  chan func() // taken by a thread that has nothing to do
	fixed bool        // no more threads are made
}

// The values are those of nice(1), above that of the process: a thread gets a third of what one does that is 5 more urgent,
// when both want a core.
var (
	// Reserved is for requests within what their model has reserved.
	Reserved = &Pool{nice: 0, work: make(chan func())}
	// Spare is for requests beyond that.
	Spare = &Pool{nice: 15, work: make(chan func())}
	// Background is for trainings, which may take until tomorrow.
	Background = &Pool{nice: 19, work: make(chan func())}
)

// usual is for whatever is in no pool, once there are threads for what is reserved.
const usual = 10

// idle is how long a thread waits for more work.
const idle = 10 * time.Second

var reserve sync.Once

// Reserve makes n threads for what is reserved, which stay, and then all other threads of the process less urgent than
// these. From then on more than n functions of Reserved wait for one another. It is called before any of them is, and
// only the first call does anything.
func Reserve(n int) {
	reserve.Do(func() {
		Reserved.work, Reserved.fixed = make(chan func(), n), true
		made := make(chan int)
		for range n {
			go func() {
				runtime.LockOSThread()
				made <- threadID()
				for f := range Reserved.work {
					f()
				}
			}()
		}
		kept := map[int]bool{}
		for range n {
			kept[<-made] = true
		}
		lowerOthers(kept, usual)
	})
}

// Start calls f on a thread of the pool and does not wait for it. There are as many threads as there are functions at work:
// whoever wants fewer counts them.
func (p *Pool) Start(f func()) {
	if p.fixed {
		p.work <- f
		return
	}
	select {
	case p.work <- f:
	default:
		go p.thread(f)
	}
}

// Do calls f on a thread of the pool and waits for its end. A panic of f goes on in the caller.
func (p *Pool) Do(f func()) {
	ended := make(chan any, 1)
	task := func() {
		defer func() { ended <- recover() }()
		f()
	}
	p.Start(task)
	if trouble := <-ended; trouble != nil {
		panic(trouble)
	}
}

// thread calls f and what comes after it.
func (p *Pool) thread(f func()) {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	lower(p.nice)
	rest := time.NewTimer(idle)
	for {
		f()
		rest.Reset(idle)
		select {
		case f = <-p.work:
		case <-rest.C:
			return
		}
	}
}

// Group is errgroup.Group on the threads of a pool.
type Group struct {
	pool  *Pool
	group *errgroup.Group
}

// Group makes a group; its context ends with the first error.
func (p *Pool) Group(ctx context.Context) (*Group, context.Context) {
	group, ctx := errgroup.WithContext(ctx)
	return &Group{p, group}, ctx
}

// SetLimit bounds how many functions are at work at a time.
func (g *Group) SetLimit(n int) { g.group.SetLimit(n) }

// Go calls f on a thread of the pool, as soon as the limit allows it.
func (g *Group) Go(f func() error) {
	g.group.Go(func() (err error) {
		g.pool.Do(func() { err = f() })
		return err
	})
}

// Wait waits for all functions and gives the first error.
func (g *Group) Wait() error { return g.group.Wait() }

// Timed calls f and gives how long its thread computed meanwhile, whatever else the machine did.
func Timed(f func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := threadTime()
	f()
	return threadTime() - began
}
