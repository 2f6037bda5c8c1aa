package web

import (
	"fmt"
	"net/http"
	"strings"

	"rsc.io/qr"
)

const (
	maxQR     = 1 << 10 // bytes of a QR code's text
	quietZone = 4       // modules around it (ISO/IEC 18004)
)

func encodeQR(text string) (*qr.Code, error) {
	if text == "" || len(text) > maxQR {
		return nil, fmt.Errorf("a QR code's text has 1 to %d bytes, not %d", maxQR, len(text))
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("make QR code: %w", err)
	}
	return code, nil
}

// serveQR draws the QR code of ?text= as SVG.
func serveQR(w http.ResponseWriter, r *http.Request) {
	code, err := encodeQR(r.FormValue("text"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	size := code.Size + 2*quietZone
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, size, size, size, size)
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+quietZone, y+quietZone)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	w.Write([]byte(b.String()))
}

// QRText draws a QR code for a terminal, two modules a character, dark on
// light whatever the terminal's colours are.
func QRText(text string) (string, error) {
	code, err := encodeQR(text)
	if err != nil {
		return "", err
	}
	const zone = 2                                            // enough for phones, and a smaller picture
	light := func(x, y int) bool { return !code.Black(x, y) } // also outside
	var b strings.Builder
	for y := -zone; y < code.Size+zone; y += 2 {
		b.WriteString("\x1b[38;5;231;48;5;16m") // white on black
		for x := -zone; x < code.Size+zone; x++ {
			switch top, bottom := light(x, y), light(x, y+1); {
			case top && bottom:
				b.WriteRune('█')
			case top:
				b.WriteRune('▀')
			case bottom:
				b.WriteRune('▄')
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String(), nil
}
