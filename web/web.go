// Package web holds the pages: the IoT Interface at /, the Remote Client at
// /remote, several of them side by side, what they load, and QR codes of links. They are TypeScript, bundled
// into dist by go generate and embedded, so that Go alone builds everything.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
)

//go:generate go tool -modfile=../tools/go.mod esbuild src/iot.ts src/remote.ts src/plot/plotter.ts src/plot/answers.ts src/plot/overlay.ts src/checkup.ts src/control.ts src/hands.ts src/planes.ts src/share.ts src/listing.ts src/look.ts src/embedded.ts src/several.ts src/early.ts src/ticker.ts src/generator.ts style.css iot.css late.css icon.svg pages/index.html pages/remote.html pages/several.html --bundle --minify --format=esm --target=es2022 --outdir=dist --entry-names=[name] --loader:.html=copy --loader:.svg=copy --log-level=warning

//go:embed dist
var dist embed.FS

// policy lets a page load what this hub serves, and open sockets.
const policy = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; worker-src 'self'; object-src 'none'; base-uri 'none'"

// Handler serves the pages, what they load under /assets/, and /qr.svg?text=…
func Handler() http.Handler {
	mux := http.NewServeMux()
	files := load()
	mux.Handle("GET /{$}", files["index.html"])
	mux.Handle("GET /remote", files["remote.html"])
	mux.HandleFunc("GET /remote/{device}", func(w http.ResponseWriter, r *http.Request) {
		page := "remote.html"
		if strings.Contains(r.PathValue("device"), "+") { // which no id does
			page = "several.html"
		}
		files[page].ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /remote/{$}", withoutSlash)
	mux.HandleFunc("GET /remote/{device}/{$}", withoutSlash)
	for name, f := range files {
		mux.Handle("GET /assets/"+name, f)
	}
	mux.HandleFunc("GET /qr.svg", serveQR)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		mux.ServeHTTP(w, r)
	})
}

// withoutSlash leads to the page that was meant.
func withoutSlash(w http.ResponseWriter, r *http.Request) {
	to := url.URL{Path: strings.TrimSuffix(r.URL.Path, "/"), RawPath: strings.TrimSuffix(r.URL.RawPath, "/"), RawQuery: r.URL.RawQuery}
	http.Redirect(w, r, to.String(), http.StatusMovedPermanently)
}

// file is one embedded file, ready to send.
type file struct {
	kind  string // of media
	etag  string
	plain []byte
	gzip  []byte
}

// load reads what is embedded, by name.
func load() map[string]*file {
	files := map[string]*file{}
	err := fs.WalkDir(dist, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := dist.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		f := &file{kind: mime.TypeByExtension(path.Ext(name)), etag: `"` + hex.EncodeToString(sum[:8]) + `"`, plain: text}
		var packed bytes.Buffer
		z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // a level that there is
		z.Write(text)                                              // into memory: it cannot fail
		z.Close()
		f.gzip = packed.Bytes()
		files[path.Base(name)] = f
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("web: embedded files: %v", err)) // they are part of the program
	}
	return files
}

func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", f.etag)
	h.Set("Cache-Control", "no-cache") // ask each time; the tag says whether it is the same
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == f.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		w.Write(f.gzip)
		return
	}
	w.Write(f.plain)
}
