package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/plotbeam/plotbeam/web"
)

// charts are the contestants of the plot bench, each a script of plot/src.
var charts = []string{"plotbeam", "smoothie", "smoothie-lines", "uplot", "echarts"}

const plotPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Plots</title>
<link rel="stylesheet" href="/assets/style.css">
<link rel="stylesheet" href="/assets/late.css">
<link rel="stylesheet" href="/uplot.css">
<style>html, body { margin: 0; padding: 0; background: #fff } #stage { position: relative }</style>
<body></body>
<script type="module" src="/page.js"></script>
`

// servePlots bundles plot/src with some charts and serves it, beside what the
// project's pages load.
func servePlots(charts []string) (url string, stop func(), err error) {
	folder, err := fetched("plot")
	if err != nil {
		return "", nil, err
	}
	out, err := os.MkdirTemp("", "plotbeam-bench")
	if err != nil {
		return "", nil, err
	}
	arguments := []string{"tool", "-modfile=tools/go.mod", "esbuild", "--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning", "--outdir=" + out}
	for _, name := range append([]string{"page", "stream", "taker"}, charts...) {
		arguments = append(arguments, filepath.Join(folder, "src", name+".ts"))
	}
	esbuild := exec.Command("go", arguments...)
	esbuild.Dir, esbuild.Stdout, esbuild.Stderr = filepath.Join(folder, "..", ".."), os.Stderr, os.Stderr
	if err := esbuild.Run(); err != nil {
		os.RemoveAll(out)
		return "", nil, fmt.Errorf("bundle bench/plot: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", web.Handler())
	mux.Handle("GET /", http.FileServer(http.Dir(out)))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, plotPage)
	})
	server := httptest.NewServer(mux)
	return server.URL, func() {
		server.CloseClientConnections()
		server.Close()
		os.RemoveAll(out)
	}, nil
}
