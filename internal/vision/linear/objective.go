package linear

import (
	"context"
	"fmt"

	"ownsight/internal/threads"
	"ownsight/internal/vision/model"
	"ownsight/internal/vision/nn"
	"ownsight/internal/vision/nn/runtime"
)

// shard is a run of standardised rows that one call of the network works on.
type shard struct {
	view     View
	features []float32 // [rows, width]
	targets  []float32 // [rows, labels], 1 for a true label
	pictures []int     // the picture of each row
}

// lanes is how many sums of shards are kept apart. It is fixed, so that the order of additions, and with it the last
// bit of the result, does not depend on how many cores there are.
const lanes = 4

// shardRows is the aim for one shard: large enough to keep a core busy, small enough for its cache.
const shardRows = 512

// split copies the rows of one kind of view into standardised shards, the same number of them in every lane.
func split(d Data, s scaler, view View, room func(numbers int) ([]float32, error)) ([]shard, error) {
	var rows []int
	for i, r := range d.Rows {
		if r.View == view {
			rows = append(rows, i)
		}
	}
	features, err := room(len(rows) * d.Width)
	if err != nil {
		return nil, err
	}
	count := lanes * ((len(rows) + lanes*shardRows - 1) / (lanes * shardRows))
	var shards []shard
	for i := range count {
		part := rows[i*len(rows)/count : (i+1)*len(rows)/count]
		if len(part) == 0 {
			continue
		}
		sh := shard{
			view:     view,
			features: features[:len(part)*d.Width],
			targets:  make([]float32, len(part)*len(d.Labels)),
			pictures: make([]int, len(part)),
		}
		for n, row := range part {
			picture := d.Rows[row].Picture
			s.apply(d.row(row), sh.features[n*d.Width:(n+1)*d.Width])
			for _, l := range d.Truth[picture] {
				sh.targets[n*len(d.Labels)+l] = 1
			}
			sh.pictures[n] = picture
		}
		features = features[len(sh.features):]
		shards = append(shards, sh)
	}
	return shards, nil
}

// objective is the penalised loss of several folds side by side, which have everything in common but the weights that
// they give to pictures:
//
//	sum over folds, rows of  weight * loss(W x + b)  +  |W|^2 / (2 strength)
//
// the convention of scikit-learn. The loss of a row is, with one label, cost * -ln softmax[label], and with any number of
// them the sum over labels of cost * -ln sigmoid, or of cost * -ln(1-sigmoid) where the label is absent. The argument
// holds the W of all folds, [folds*labels, width], and then their b. Folds do not touch each other's parameters, so the
// least sum is the least of each.
type objective struct {
	folds, labels, width int
	shards               []shard
	weights              [][]float32 // of each shard, [rows, folds]
	costs                costs
	strength             float64
	workers              int
	passed               func() // called after each pass
	lanes                [lanes]lane
	loss                 *runtime.Session
	forward              *runtime.Session
}

// newObjective builds the network for a number of folds. Shards, weights, costs and strength are set before use.
func newObjective(task model.Task, folds, labels, width, workers int) (*objective, error) {
	file, err := network(task, folds, labels, width)
	if err != nil {
		return nil, fmt.Errorf("linear: building the training graph: %w", err)
	}
	o := &objective{folds: folds, labels: labels, width: width, workers: workers, passed: func() {}}
	if o.loss, err = runtime.NewSession(file, runtime.Options{Outputs: []string{"loss", "dW", "db"}}); err != nil {
		return nil, fmt.Errorf("linear: %w", err)
	}
	if o.forward, err = runtime.NewSession(file, runtime.Options{Outputs: []string{"logits"}}); err != nil {
		o.close()
		return nil, fmt.Errorf("linear: %w", err)
	}
	return o, nil
}

func (o *objective) close() {
	for _, s := range []*runtime.Session{o.loss, o.forward} {
		if s != nil {
			_ = s.Close()
		}
	}
}

// network writes the losses of rows and their gradient as an ONNX graph.
func network(task model.Task, folds, labels, width int) ([]byte, error) {
	g := nn.New()
	f, k, fk, d := nn.Dim(folds), nn.Dim(labels), nn.Dim(folds*labels), nn.Dim(width)
	n := g.Dim("N")
	x := g.Input("x", nn.Float32, n, d)
	w := g.Input("W", nn.Float32, fk, d)
	b := g.Input("b", nn.Float32, fk)
	target := g.Input("target", nn.Float32, n, 1, k)
	weight := g.Input("weight", nn.Float32, n, f, 1)
	present, absent := g.Input("present", nn.Float32, k), g.Input("absent", nn.Float32, k)

	logits := x.Gemm(w, b, nn.GemmOptions{TransB: true})
	g.Output("logits", logits)
	byFold := logits.Reshape(-1, int64(f), int64(k))
	cost := target.Mul(present).Add(g.Scalar(1).Sub(target).Mul(absent))
	var loss, residual nn.Value
	if task == model.MultiLabel {
		softplus := g.Apply("Softplus", byFold.Type(), nil, byFold)
		loss = softplus.Sub(byFold.Mul(target)).Mul(cost)
		residual = byFold.Sigmoid().Sub(target).Mul(cost)
	} else {
		logs := g.Apply("LogSoftmax", byFold.Type(), []nn.Attr{nn.IntAttr("axis", 2)}, byFold)
		loss = logs.Mul(cost).Neg()
		residual = logs.Exp().Sub(target).Mul(cost.ReduceSum(true, 2))
	}
	g.Output("loss", loss.ReduceSum(false, 2))
	residual = residual.Mul(weight).Reshape(-1, int64(fk))
	g.Output("dW", residual.Gemm(x, nn.Value{}, nn.GemmOptions{TransA: true}))
	g.Output("db", residual.ReduceSum(false, 0))
	return g.Bytes()
}

// size is the number of parameters.
func (o *objective) size() int { return o.folds * o.labels * (o.width + 1) }

// biases is where the biases begin among the parameters.
func (o *objective) biases() int { return o.folds * o.labels * o.width }

// lane is the sum over the shards of one lane, and the memory for one of them. A lane without shards has none.
type lane struct {
	loss     float64
	gradient []float64
	dw, db   []float32
}

// clear makes a lane ready for the next pass.
func (l *lane) clear(weights, biases int) {
	if l.gradient == nil {
		l.gradient = make([]float64, weights+biases)
		l.dw, l.db = make([]float32, weights), make([]float32, biases)
	}
	l.loss = 0
	clear(l.gradient)
}

// pass evaluates the objective and, into gradient, its slope.
func (o *objective) pass(ctx context.Context, parameters, gradient []float64) (float64, error) {
	w, b := o.tensors(parameters)
	group, ctx := threads.Background.Group(ctx)
	group.SetLimit(o.workers)
	for l := range min(lanes, len(o.shards)) {
		group.Go(func() error { return o.sum(ctx, l, w, b) })
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	loss := 0.0
	clear(gradient)
	for i, p := range parameters[:len(w.Float32)] {
		gradient[i] = p / o.strength
		loss += p * p / (2 * o.strength)
	}
	for _, l := range o.lanes {
		loss += l.loss
		for i, v := range l.gradient {
			gradient[i] += v
		}
	}
	o.passed()
	return loss, nil
}

// sum runs the shards of one lane, one after the other.
func (o *objective) sum(ctx context.Context, at int, w, b runtime.Tensor) error {
	l := &o.lanes[at]
	l.clear(o.biases(), o.folds*o.labels)
	for i := at; i < len(o.shards); i += lanes {
		s := o.shards[i]
		n := int64(len(s.pictures))
		losses := make([]float32, len(o.weights[i]))
		err := o.loss.Run(ctx, []runtime.Tensor{
			s.x(o.width), w, b,
			runtime.Floats(s.targets, n, 1, int64(o.labels)),
			runtime.Floats(o.weights[i], n, int64(o.folds), 1),
			runtime.Floats(o.costs.present, int64(o.labels)), runtime.Floats(o.costs.absent, int64(o.labels)),
		}, []runtime.Tensor{
			runtime.Floats(losses, n, int64(o.folds)),
			runtime.Floats(l.dw, w.Shape...), runtime.Floats(l.db, b.Shape...),
		})
		if err != nil {
			return err
		}
		for j, v := range losses {
			l.loss += float64(v) * float64(o.weights[i][j])
		}
		for j, v := range l.dw {
			l.gradient[j] += float64(v)
		}
		for j, v := range l.db {
			l.gradient[len(l.dw)+j] += float64(v)
		}
	}
	return nil
}

// logits visits what every fold says of every plain row: [folds, labels] for a picture.
func (o *objective) logits(ctx context.Context, parameters []float64, visit func(picture int, byFold []float32)) error {
	w, b := o.tensors(parameters)
	for _, s := range o.shards {
		if s.view != Plain {
			continue
		}
		out := make([]runtime.Tensor, 1)
		if err := o.forward.Run(ctx, []runtime.Tensor{s.x(o.width), w, b}, out); err != nil {
			return err
		}
		for i, picture := range s.pictures {
			visit(picture, out[0].Float32[i*o.folds*o.labels:(i+1)*o.folds*o.labels])
		}
	}
	return nil
}

func (s shard) x(width int) runtime.Tensor {
	return runtime.Floats(s.features, int64(len(s.pictures)), int64(width))
}

// tensors narrows parameters to what the network takes.
func (o *objective) tensors(parameters []float64) (w, b runtime.Tensor) {
	rows := o.folds * o.labels
	narrow := make([]float32, len(parameters))
	for i, p := range parameters {
		narrow[i] = float32(p)
	}
	at := o.biases()
	return runtime.Floats(narrow[:at], int64(rows), int64(o.width)), runtime.Floats(narrow[at:], int64(rows))
}
