package viewer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/plotbeam/plotbeam"
)

// List asks a hub for its live devices.
func List(ctx context.Context, client *http.Client, hub string) ([]plotbeam.DeviceInfo, error) {
	if client == nil {
		client = http.DefaultClient
	}
	u, err := url.Parse(hub)
	if err != nil {
		return nil, fmt.Errorf("hub %s: %w", plotbeam.Quote(hub), err)
	}
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, u.JoinPath("api/devices").String(), nil)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	answer, err := client.Do(ask)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("list devices: %s answers %s: is it a Plotbeam hub?", hub, answer.Status)
	}
	var list []plotbeam.DeviceInfo
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	return list, nil
}
