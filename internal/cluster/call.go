package cluster

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"ownsight"
	"ownsight/internal/awswire"
	"ownsight/internal/trace"
)

const (
	// signingName is what calls between nodes are signed for, as if it were a service.
	signingName = "ownsight-cluster"
	keyID       = "OWNSIGHTCLUSTERNODE"
	path        = "/cluster/"
	maxMessage  = 17 << 20 // the largest picture, and what goes with it
	// sumHeader says what a message will be, so that its signature can be checked before there is any of it.
	sumHeader = "X-Amz-Content-Sha256"
)

// Nodes of before sumHeader send none while a cluster is upgraded. What they say has to be read before it is known to be
// theirs, and anybody could send the like: so few of these messages are read at a time, the others wait a while, and none
// may take longer than that to come.
const unknownWait = 10 * time.Second

var unknown = make(chan struct{}, 4) // of the whole process, as its memory is

// errBusy is the error of a message that was not read.
var errBusy = errors.New("too many messages of unknown nodes")

// ErrUnreachable is the error of a call that got no answer: the other node may have acted on it or not.
var ErrUnreachable = errors.New("the node does not answer")

// Handler answers a call: params say what is asked in JSON, body is bytes such as a picture's. An *ownsight.Error reaches
// the caller as it is.
type Handler func(ctx context.Context, params json.RawMessage, body []byte) (any, error)

// failure is an error on its way back.
type failure struct {
	Code    ownsight.Code `json:"code"` // empty for a fault of the other node
	Message string        `json:"message"`
}

// Call asks another node, and puts what it answers into answer. Errors: ErrUnreachable, those of the handler.
func (c *Cluster) Call(ctx context.Context, node, name string, params any, body []byte, answer any) error {
	ctx, span := trace.Call(ctx, "call node")
	span.String("ownsight.call", name)
	span.String("ownsight.node", node)
	err := c.call(ctx, node, name, params, body, answer)
	span.End(err)
	return err
}

func (c *Cluster) call(ctx context.Context, node, name string, params any, body []byte, answer any) error {
	address, ok := c.address(node)
	if !ok {
		return fmt.Errorf("%w: %s is not known", ErrUnreachable, node)
	}
	head, err := json.Marshal(params)
	if err != nil {
		return err
	}
	message := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(head)+len(body)), uint32(len(head)))
	message = append(append(message, head...), body...)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address+path+name, bytes.NewReader(message))
	if err != nil {
		return fmt.Errorf("address of node %s: %w", node, err)
	}
	if parent := trace.Parent(ctx); parent != "" {
		r.Header.Set(trace.Header, parent)
	}
	sum := sha256.Sum256(message)
	r.Header.Set(sumHeader, hex.EncodeToString(sum[:]))
	key := aws.Credentials{AccessKeyID: keyID, SecretAccessKey: c.secret}
	if err := v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), signingName, ownsight.DefaultRegion, c.Now()); err != nil {
		return err
	}
	back, err := c.client.Do(r)
	if err != nil {
		if ctx.Err() != context.Canceled { // whoever no longer wants the answer has learnt nothing of the node
			c.suspects(node)
		}
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer back.Body.Close()
	text, err := io.ReadAll(io.LimitReader(back.Body, maxMessage))
	if err != nil {
		if ctx.Err() != context.Canceled { // whoever no longer wants the answer has learnt nothing of the node
			c.suspects(node)
		}
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if back.StatusCode == http.StatusOK {
		return json.Unmarshal(text, answer)
	}
	var f failure
	if json.Unmarshal(text, &f) != nil || f.Message == "" {
		return fmt.Errorf("%w: %s answers %s", ErrUnreachable, node, back.Status) // something else listens there
	}
	if f.Code != "" {
		return ownsight.Errorf(f.Code, "%s", f.Message)
	}
	return fmt.Errorf("node %s: %s", node, f.Message)
}

func (c *Cluster) address(node string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.nodes[node]
	return s.node.Address, ok
}

func (c *Cluster) suspects(node string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.suspect[node] = c.Now()
}

// Suspect reports whether a node could not be reached a moment ago.
func (c *Cluster) Suspect(node string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.suspect[node]
	return ok && c.Now().Sub(at) < suspectFor
}

// IsCall tells the calls of other nodes from all that clients send.
func IsCall(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Authorization"), "/"+signingName+"/aws4_request")
}

// ServeHTTP answers the calls of other nodes.
func (c *Cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := c.serve(w, r)
	status := http.StatusOK
	if err != nil {
		answer, status = c.explain(r, err)
	}
	text, err := json.Marshal(answer)
	if err != nil {
		c.Log.Error("an answer to another node could not be written", "call", r.URL.Path, "error", err)
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func (c *Cluster) serve(w http.ResponseWriter, r *http.Request) (any, error) {
	message, err := c.receive(w, r)
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(r.URL.Path, path)
	handler, ok := c.handlers[name]
	if !ok {
		return nil, fmt.Errorf("this version of the program has no call named %q", name)
	}
	if len(message) < 4 || uint64(binary.BigEndian.Uint32(message)) > uint64(len(message)-4) {
		return nil, errors.New("a message of another node is cut short")
	}
	head := 4 + binary.BigEndian.Uint32(message)
	ctx, span := trace.Continue(r.Context(), r.Header.Get(trace.Header), "answer node")
	span.String("ownsight.call", name)
	answer, err := handler(ctx, message[4:head], message[head:])
	span.End(err)
	return answer, err
}

// receive reads a message of another node.
func (c *Cluster) receive(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	claim, err := c.verifier.Claim(r, signingName)
	if err != nil {
		return nil, err
	}
	if r.Header.Get(sumHeader) != "" {
		err = claim.VerifyS3() // the signature with what the header says, as S3 has it
	} else {
		var done func()
		if done, err = enter(r.Context()); err == nil {
			defer done()
			if body, ok := r.Body.(interface{ SetReadDeadline(time.Time) error }); ok {
				_ = body.SetReadDeadline(time.Now().Add(unknownWait))
			}
		}
	}
	if err != nil {
		return nil, err
	}
	message, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if err != nil {
		return nil, fmt.Errorf("a message of another node: %w", err)
	}
	_, err = claim.Verify(message)
	return message, err
}

// enter waits until the message of an unknown node may be read.
func enter(ctx context.Context) (done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, unknownWait)
	defer cancel()
	select {
	case unknown <- struct{}{}:
		return func() { <-unknown }, nil
	case <-ctx.Done():
		return nil, errBusy
	}
}

// explain says of an error what the caller may know.
func (c *Cluster) explain(r *http.Request, err error) (failure, int) {
	var told *ownsight.Error
	var refused *awswire.Error
	switch {
	case errors.As(err, &told):
		return failure{told.Code, told.Message}, http.StatusBadRequest
	case errors.As(err, &refused):
		return failure{"", refused.Message}, http.StatusForbidden
	case errors.Is(err, errBusy):
		return failure{}, http.StatusServiceUnavailable // as if nobody answered: the caller asks another node
	}
	if r.Context().Err() != nil { // who called has asked another node
		return failure{"", "given up"}, http.StatusInternalServerError
	}
	c.Log.Error("a call of another node failed", "call", r.URL.Path, "error", err)
	return failure{"", "internal fault, see the log of " + c.Name()}, http.StatusInternalServerError
}

// keys is the one key that nodes have.
type keys struct{ secret string }

func (k keys) Key(_ context.Context, id string) (awswire.Key, error) {
	if id != keyID {
		return awswire.Key{}, awswire.ErrNoKey
	}
	return awswire.Key{AccessKey: ownsight.AccessKey{ID: keyID, Secret: k.secret}}, nil
}
