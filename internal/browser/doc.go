// Package browser tests the pages in real Chromium: a hub on a loopback
// address, tabs that are driven over the DevTools protocol, and devices and
// viewers in Go beside them. Without Chromium its tests are skipped, or fail
// where PLOTBEAM_REQUIRE_BROWSER is set.
package browser
