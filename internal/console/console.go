// Package console serves the web console: pages in TypeScript (web/), built into files/ and embedded. The pages speak to the
// server as any other client does, through the AWS SDK for JavaScript; nothing here knows accounts or keys.
package console

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// files holds each file of the built console, compressed; nothing but a note where it was not built.
//
//go:embed all:files
var files embed.FS

// Prefix is where the console is served.
const Prefix = "/console/"

// policy keeps pages to what the server itself serves. Styles are inline because the components set sizes by them; pictures
// are made of what was read from S3.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; font-src 'self' data:; " +
	"connect-src 'self'; worker-src 'none'; media-src 'self' blob: mediastream:; frame-src blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Handler serves the console below Prefix. What is no file is the console's own address, and gets its page.
func Handler() http.Handler {
	built, err := fs.Sub(files, "files")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return handler(built)
}

func handler(built fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "The console's files can only be read.", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean(r.URL.Path), strings.TrimSuffix(Prefix, "/"))
		name = strings.TrimPrefix(name, "/")
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", policy) // of all, for a picture or a program can be opened by itself
		file, err := fs.ReadFile(built, name+".gz")
		switch {
		case err == nil && strings.HasPrefix(name, "assets/"):
			h.Set("Cache-Control", "public, max-age=31536000, immutable") // their names change with what is in them
		case strings.HasPrefix(name, "assets/"):
			http.Error(w, "There is no such file; reload the page.", http.StatusNotFound)
			return
		case err != nil:
			name = "index.html"
			if file, err = fs.ReadFile(built, name+".gz"); err != nil {
				http.Error(w, "This Ownsight was built without the console: make build embeds it where Node.js is installed.", http.StatusNotFound)
				return
			}
			fallthrough
		default:
			h.Set("Cache-Control", "no-cache")
			h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
		}
		h.Set("Content-Type", typeOf(name))
		h.Set("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			unpacked(w, file)
			return
		}
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(file)))
		_, _ = w.Write(file) // a client that has gone needs no answer
	})
}

// unpacked is for the rare client that does not unpack by itself.
func unpacked(w http.ResponseWriter, file []byte) {
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		http.Error(w, "The file is damaged.", http.StatusInternalServerError)
		return
	}
	_, _ = io.Copy(w, z) // what is embedded was whole when it was embedded
}

func typeOf(name string) string {
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}
