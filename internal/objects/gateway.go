package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3api/utils"
)

// maxRequests bounds the connections and requests that one gateway works on;
// above it callers are told to slow down. Whoever can connect can use them up,
// with bodies that never come to an end.
const maxRequests = 4096

const startTimeout = 10 * time.Second

// gateways are the S3 front ends of the embedded server, one a region: each
// verifies signatures for a single region only. The program's own requests have
// one to themselves, which nobody outside can keep busy. All stand on the same
// files.
type gateways struct {
	byRegion map[string]*gateway
	first    *gateway // of the outside's
	inside   *gateway
}

// gateway is one front end, behind a unix socket of its own.
type gateway struct {
	socket string
	server *s3api.S3ApiServer
	ended  chan error
	proxy  *httputil.ReverseProxy
}

func startGateways(config EmbeddedConfig, who *identity, files backend.Backend, folder string) (*gateways, error) {
	utils.SetBucketNameValidationStrict(true)
	all := &gateways{byRegion: map[string]*gateway{}}
	for i, region := range config.Regions {
		socket := filepath.Join(folder, fmt.Sprintf("%d.sock", i))
		g, err := startGateway(region, config.Domain, who, files, socket)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("region %s: %w", region, err), all.stop())
		}
		all.byRegion[region] = g
		if i == 0 {
			all.first = g
		}
	}
	inside, err := startGateway(config.Regions[0], config.Domain, who, files, filepath.Join(folder, "inside.sock"))
	if err != nil {
		return nil, errors.Join(err, all.stop())
	}
	all.inside = inside
	return all, nil
}

// startGateway leaves out the gateway's administration routes: without
// s3api.WithAdminServer they do not exist.
func startGateway(region, domain string, who *identity, files backend.Backend, socket string) (*gateway, error) {
	listening := make(chan struct{})
	root := middlewares.RootUserConfig{Access: who.rootKey, Secret: who.rootSecret}
	server, err := s3api.New(files, root, region, who, nil, nil, nil, nil,
		s3api.WithQuiet(),
		s3api.WithKeepAlive(),
		s3api.WithConcurrencyLimiter(maxRequests, maxRequests),
		s3api.WithMpMaxParts(10_000),
		s3api.WithHostStyle(domain),
		s3api.WithSocketPerm(0o600),
		s3api.WithMiddleware("/", nameCaller),
		s3api.WithMiddleware("/", controllers.WrapMiddleware(checkNames, nil, nil)),
		s3api.WithOnListen(func() { close(listening) }),
	)
	if err != nil {
		return nil, err
	}
	g := &gateway{socket: socket, server: server, ended: make(chan error, 1)}
	g.proxy = newProxy(g.dial)
	go func() { g.ended <- server.ServeMultiPort([]string{socket}) }()
	select {
	case <-listening:
		return g, g.await()
	case err := <-g.ended:
		return nil, fmt.Errorf("listen on %s: %w", socket, err)
	}
}

// callerHeader carries a caller's address to the gateway, for conditions on
// aws:SourceIp: over the socket all callers look alike. What a caller sends
// under this name does not come through the proxy.
const callerHeader = "X-Ownsight-Caller"

func nameCaller(ctx fiber.Ctx) error {
	var caller net.Addr // of none, a request from inside the program, the address is 0.0.0.0
	if address, err := netip.ParseAddrPort(ctx.Get(callerHeader)); err == nil {
		caller = net.TCPAddrFromAddrPort(address)
	}
	ctx.RequestCtx().SetRemoteAddr(caller)
	return ctx.Next()
}

// await returns when the gateway answers anything at all. Before that it could
// not be stopped either: its server would not yet know the listener.
func (g *gateway) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://s3.embedded/", nil)
	if err != nil {
		return err
	}
	answer, err := g.proxy.Transport.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("no answer on %s: %w", g.socket, err)
	}
	return answer.Body.Close()
}

func (g *gateway) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "unix", g.socket)
}

func (g *gateway) stop() error {
	g.proxy.Transport.(*http.Transport).CloseIdleConnections()
	err := g.server.ShutDown()
	<-g.ended //nolint:errcheck // tells only that its listener was closed
	return err
}

func (all *gateways) stop() error {
	started := slices.Collect(maps.Values(all.byRegion))
	if all.inside != nil {
		started = append(started, all.inside)
	}
	failures := make(chan error, len(started))
	for _, g := range started {
		go func() { failures <- g.stop() }()
	}
	var joined error
	for range started {
		joined = errors.Join(joined, <-failures)
	}
	return joined
}

// of chooses the gateway for a request: that of the region in its signature.
// Any other is refused by the first, whose answer names the region it expects.
func (all *gateways) of(r *http.Request) *gateway {
	if g, found := all.byRegion[signedRegion(r)]; found {
		return g
	}
	return all.first
}

// signedRegion reads the region out of a SigV4 scope, key/date/region/s3/
// aws4_request, in the Authorization header or a presigned query; "" if none.
func signedRegion(r *http.Request) string {
	_, scope, found := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !found {
		scope = r.URL.Query().Get("X-Amz-Credential")
	}
	parts := strings.SplitN(scope, "/", 4)
	if len(parts) < 4 {
		return ""
	}
	return parts[2]
}

// newProxy passes requests on as they are, with the caller's address: host, path
// encoding and query are under the signature.
func newProxy(dial dialFunc) *httputil.ReverseProxy {
	transport := newTransport(dial)
	transport.Proxy = nil
	return &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme = "http"
			r.Out.URL.Host = "s3.embedded"
			r.Out.URL.RawQuery = r.In.URL.RawQuery
			r.Out.Header.Set(callerHeader, r.In.RemoteAddr)
		},
		ModifyResponse: func(r *http.Response) error {
			r.Header.Del("Server")
			showKey(r.Header)
			return nil
		},
		BufferPool:   &buffers{},
		ErrorHandler: unavailable,
		ErrorLog:     log.New(io.Discard, "", 0), // only callers that went away
	}
}

// metadataCase writes the names of user metadata in small letters, as S3 does:
// clients make dictionary keys of them. Go would write X-Amz-Meta-Author.
type metadataCase struct{ http.ResponseWriter }

func (w metadataCase) WriteHeader(status int) {
	header := w.Header()
	for name, values := range header {
		if strings.HasPrefix(name, "X-Amz-Meta-") {
			delete(header, name)
			header[strings.ToLower(name)] = values
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap keeps flushing possible.
func (w metadataCase) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// unavailable is S3's answer when nothing stands behind the proxy.
func unavailable(w http.ResponseWriter, _ *http.Request, _ error) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
		`<Error><Code>ServiceUnavailable</Code><Message>The object store is not running. Retry later.</Message></Error>`)
}

// buffers lends copy buffers to the proxy.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if buffer, ok := b.pool.Get().(*[]byte); ok {
		return *buffer
	}
	return make([]byte, 64<<10)
}

func (b *buffers) Put(buffer []byte) { b.pool.Put(&buffer) }
