package web_test

import (
	"net/http"
	"net/http/httptest"
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
