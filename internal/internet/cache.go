package internet

import (
	"container/list"
	"sync"
	"time"
)

// cache keeps answers by URL, bounded by their bytes; those not asked for longest give way first.
type cache struct {
	most int

	mu     sync.Mutex
	size   int
	recent *list.List // of *kept, newest first
	byURL  map[string]*list.Element
}

type cacheEntry struct {
	url    string
	answer Answer
	until  time.Time
}

// size of what is kept: an entry costs something beside its body.
func (k *cacheEntry) size() int { return len(k.answer.Body) + len(k.url) + 1024 }

func newCache(most int) *cache {
	return &cache{most: most, recent: list.New(), byURL: map[string]*list.Element{}}
}

func (c *cache) get(url string, now time.Time) (Answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.byURL[url]
	if !ok {
		return Answer{}, false
	}
	entry := element.Value.(*cacheEntry)
	if !now.Before(entry.until) {
		c.remove(element)
		return Answer{}, false
	}
	c.recent.MoveToFront(element)
	answer := entry.answer
	answer.Cached = true
	return answer, true
}

func (c *cache) put(url string, answer Answer, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.byURL[url]; ok {
		c.remove(old)
	}
	answer.Header = nil // unbounded, and of no use a second time
	entry := &cacheEntry{url, answer, until}
	if entry.size() > c.most/4 { // one answer does not drive out all others
		return
	}
	c.byURL[url] = c.recent.PushFront(entry)
	for c.size += entry.size(); c.size > c.most; {
		c.remove(c.recent.Back())
	}
}

func (c *cache) remove(element *list.Element) {
	entry := c.recent.Remove(element).(*cacheEntry)
	delete(c.byURL, entry.url)
	c.size -= entry.size()
}
