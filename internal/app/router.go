package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"ownsight"
	"ownsight/internal/appstream"
	"ownsight/internal/audit"
	"ownsight/internal/awswire"
	"ownsight/internal/cloudwatch"
	"ownsight/internal/cluster"
	"ownsight/internal/config"
	"ownsight/internal/console"
	"ownsight/internal/objects"
	"ownsight/internal/rekognition"
	"ownsight/internal/store"
	"ownsight/internal/sts"
)

// serve answers requests from the listener until Stop.
func (a *App) serve(l net.Listener, h http.Handler) {
	a.server = &http.Server{
		Handler:           a.parting(steady(h, bodyGrace, bodyRate)),
		ReadHeaderTimeout: 10 * time.Second, // a body may take longer: uploads go through here
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return a.traces.Context(context.Background()) },
	}
	go func(s *http.Server) {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- err
		}
	}(a.server)
}

// parting has clients end their connections, with the answers that they get, once the server is to stop. To end those that
// nobody uses at that moment, as http.Server.SetKeepAlivesEnabled does, breaks the requests that are on their way over them.
func (a *App) parting(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.leaving.Load() {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}

// OpenAudit opens the record of requests of a configuration; nil where it wants none.
func OpenAudit(c config.Config, log *slog.Logger) (*audit.Log, error) {
	if c.Audit == config.AuditOff {
		return nil, nil
	}
	trail, err := audit.Open(audit.Options{Dir: c.Audit, Days: c.AuditDays, Now: time.Now, Logger: log})
	if err != nil {
		return nil, fmt.Errorf("audit: %w (choose another folder with audit in the configuration, or %q for none)", err, config.AuditOff)
	}
	return trail, nil
}

// router tells the protocols of the one port apart. Metrics and audit hear of what clients ask of any of them.
func (a *App) router(services services, s3 http.Handler, state *store.Store, trail *audit.Log, nodes *cluster.Cluster) http.Handler {
	verifier := awswire.NewVerifier(wireKeys{services.labels.Access}, time.Now)
	figures := newMetrics(state, trail, services.images.Images.Meter(), services.labels.Serving, a.log)
	observe := func(r *http.Request, c awswire.Call) {
		figures.observe(c)
		services.labels.Observe(c)
		trail.Observe(r, c)
		answered(r.Context(), c)
	}
	calls := awswire.NewHandler(awswire.Config{
		Services: []awswire.Service{rekognition.New(services.labels), appstream.New(services.images), appstream.NewDisks(services.images), cloudwatch.New(services.figures)},
		Verifier: verifier,
		Logger:   a.log,
		Observe:  observe,
	})
	identity := sts.NewHandler(verifier, a.log, observe)
	oldMetrics := cloudwatch.NewOldProtocol(observe)
	s3 = audit.S3(s3, verifier, objects.DefaultDomain, observe)

	own := http.NewServeMux()
	// Only a browser's comes here; what S3 clients ask is a list of buckets.
	own.Handle("GET /{$}", http.RedirectHandler(console.Prefix, http.StatusSeeOther))
	own.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	own.HandleFunc("GET /readyz", a.readyz(state))
	own.Handle("GET /metrics", figures.handler())
	own.Handle(console.Prefix, console.Handler())
	own.HandleFunc("/console", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, console.Prefix, http.StatusMovedPermanently)
	})
	takesClients := nodes.Self.Roles.Has(ownsight.RoleAPI)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asks := protocolOf(r)
		if !takesClients && asks != protocolOwn && asks != protocolNode {
			http.Error(w, "This node takes no calls of clients; ask one that has the role api.", http.StatusMisdirectedRequest)
			return
		}
		r, span := traced(r, asks)
		defer span.End(nil)
		switch asks {
		case protocolPreflight:
			preflight(w, r)
		case protocolJSON, protocolCBOR:
			shared(w, r)
			calls.ServeHTTP(w, r)
		case protocolSTS:
			identity.ServeHTTP(w, r)
		case protocolQuery:
			oldMetrics.ServeHTTP(w, r)
		case protocolOwn:
			own.ServeHTTP(w, r)
		case protocolNode:
			nodes.ServeHTTP(w, r)
		default:
			secluded(w)
			s3.ServeHTTP(w, r)
		}
	})
}

// secluded keeps what users put into S3 apart from the console, which is of the same origin: a page among it can be looked at
// and may run its script, but not as one that reads what the console keeps in the tab.
func secluded(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", "sandbox allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox")
}

// protocol is what a request speaks.
type protocol string

const (
	protocolCBOR protocol = "Smithy RPC v2 CBOR"
	protocolJSON protocol = "AWS JSON"

	protocolPreflight protocol = "a browser's question about AWS JSON"

	protocolSTS   protocol = "STS query"
	protocolQuery protocol = "CloudWatch query"
	protocolOwn   protocol = "our own paths"
	protocolNode  protocol = "calls between nodes"
	protocolS3    protocol = "S3"
)

func protocolOf(r *http.Request) protocol {
	switch {
	case cluster.IsCall(r):
		return protocolNode
	case awswire.IsCBOR(r):
		return protocolCBOR
	case isPreflight(r):
		return protocolPreflight
	case isJSON(r):
		return protocolJSON
	case isQuery(r):
		return protocolQuery
	case isSTS(r):
		return protocolSTS
	case !signed(r) && isOwn(r):
		return protocolOwn
	}
	return protocolS3
}

// isJSON tells AWS JSON 1.1, signed in headers or presigned. S3 has no POST to the root, and a bucket may hold objects of
// any content type.
func isJSON(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/" && (r.Header.Get("X-Amz-Target") != "" || r.URL.Query().Has("X-Amz-Target") ||
		strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-amz-json-1."))
}

// isQuery tells the query protocol of CloudWatch, which only old clients speak. S3 has no such thing at the root.
func isQuery(r *http.Request) bool {
	return r.URL.Path == "/" && strings.Contains(r.Header.Get("Authorization"), "/monitoring/aws4_request")
}

// isSTS tells the query protocol of STS: signed for sts, or an unsigned form that no S3 client would post to the root.
func isSTS(r *http.Request) bool {
	scope := r.Header.Get("Authorization") + r.URL.Query().Get("X-Amz-Credential")
	form := r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	return r.URL.Path == "/" && (strings.Contains(scope, "/sts/aws4_request") || form && !signed(r))
}

// signed reports whether a request claims to be from somebody, in its headers or presigned.
func signed(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || r.URL.Query().Has("X-Amz-Signature")
}

// isOwn tells the paths that are not S3's when nobody has signed; the root is, for a person with a browser. A bucket of
// such a name is reached by signed requests all the same.
func isOwn(r *http.Request) bool {
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics":
		return true
	case "/":
		return strings.Contains(r.Header.Get("Accept"), "text/html")
	case strings.TrimSuffix(console.Prefix, "/"):
		return true
	}
	return strings.HasPrefix(r.URL.Path, console.Prefix)
}

// readyz answers 200 once the server takes work and its state answers.
func (a *App) readyz(state *store.Store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-a.ready:
		default:
			http.Error(w, "starting", http.StatusServiceUnavailable)
			return
		}
		if a.leaving.Load() {
			http.Error(w, "stopping", http.StatusServiceUnavailable)
			return
		}
		if err := state.Ping(r.Context()); err != nil {
			a.log.Error("not ready", "err", err)
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	}
}

// s3Elsewhere answers S3 requests where another server holds the objects.
func s3Elsewhere(endpoint string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusNotImplemented)
		fmt.Fprintf(w, "<Error><Code>NotImplemented</Code><Message>This server keeps its objects in another S3 server; send S3 requests to %s.</Message></Error>", endpoint)
	}
}

// ignoreClosed makes closing something that is closed already no error.
func ignoreClosed(f func() error) func() error {
	return func() error {
		if err := f(); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, fs.ErrClosed) {
			return err
		}
		return nil
	}
}
