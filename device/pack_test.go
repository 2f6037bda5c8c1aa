package device

import "testing"

// What peerjs-js-binarypack 2.1 makes of the same objects.
func TestPack(t *testing.T) {
	for _, one := range []struct {
		members []member
		want    string
	}{
		{[]member{{"__peerData", []member{{"type", "close"}}}}, "\x81\xba__peerData\x81\xb4type\xb5close"},
		{[]member{{"n", 0.0}, {"t", 127.0}}, "\x82\xb1n\x00\xb1t\x7f"},
		{[]member{{"n", -1.0}, {"t", -32.0}}, "\x82\xb1n\xff\xb1t\xe0"},
		{[]member{{"n", 1.5}}, "\x81\xb1n\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"},
		{[]member{{"n", 2147483647.0}}, "\x81\xb1n\xd2\x7f\xff\xff\xff"},
		{[]member{{"n", 2147483648.0}}, "\x81\xb1n\xcb\x41\xe0\x00\x00\x00\x00\x00\x00"},
		{[]member{{"series", "temperature §1 é"}}, "\x81\xb6series\xd8\x00\x12temperature §1 é"},
	} {
		if got := string(appendPacked(nil, one.members)); got != one.want {
			t.Errorf("%v is packed as %q, want %q", one.members, got, one.want)
		}
	}
	members := []member{{"n", 1e21}, {"t", 0.25}, {"series", "a\"\u2028"}, {"device", "x"}}
	if got, want := string(appendJSON(nil, members)), `{"n":1e+21,"t":0.25,"series":"a\"\u2028","device":"x"}`; got != want {
		t.Errorf("as JSON it is %s, want %s", got, want)
	}
}
