package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/plotbeam/plotbeam/web"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		asked, to string
		status    int
	}{
		{"/", "", http.StatusOK},
		{"/remote", "", http.StatusOK},
		{"/remote/lab-psu", "", http.StatusOK},
		{"/remote/", "/remote", http.StatusMovedPermanently},
		{"/remote/?path=relay", "/remote?path=relay", http.StatusMovedPermanently},
		{"/remote/lab-psu/?path=relay", "/remote/lab-psu?path=relay", http.StatusMovedPermanently},
		{"/remote/%2F%2Fexample.com/", "/remote/%2F%2Fexample.com", http.StatusMovedPermanently},
		{"/remote/lab-psu+bench-3", "", http.StatusOK},
		{"/remote/lab-psu+bench-3/?window=30s", "/remote/lab-psu+bench-3?window=30s", http.StatusMovedPermanently},
		{"/remote/lab-psu/more", "", http.StatusNotFound},
		{"/assets/", "", http.StatusNotFound},
	} {
		w := httptest.NewRecorder()
		web.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, c.asked, nil))
		if got := w.Header().Get("Location"); w.Code != c.status || got != c.to {
			t.Errorf("%s: status %d, to %q; want %d, %q", c.asked, w.Code, got, c.status, c.to)
		}
	}
}

// Ids with + between them are several devices; an id has none.
func TestSeveralDevicesAreAPageOfTheirOwn(t *testing.T) {
	title := regexp.MustCompile("<title>(.*)</title>")
	for asked, want := range map[string]string{
		"/remote":                     "Remote Client · Plotbeam",
		"/remote/lab-psu":             "Remote Client · Plotbeam",
		"/remote/lab%20psu":           "Remote Client · Plotbeam",
		"/remote/+":                   "Several devices · Plotbeam",
		"/remote/lab-psu+bench-3":     "Several devices · Plotbeam",
		"/remote/lab-psu%2Bbench-3":   "Several devices · Plotbeam",
		"/remote/a+b+c?window=30s&x=": "Several devices · Plotbeam",
	} {
		w := httptest.NewRecorder()
		web.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, asked, nil))
		found := title.FindStringSubmatch(w.Body.String())
		if len(found) != 2 || found[1] != want {
			t.Errorf("%s: %q, want %s", asked, found, want)
		}
	}
}
