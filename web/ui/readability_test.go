package ui_test

// texts lists what can be read: each piece of text with its boxes, cut where it is hidden. What floats above the page
// (what was just done, a question) is not in it, nor what only assistive technology reads.
const texts = `
	const above = ".visually-hidden, .skip, .note.done, dialog, script, style, option, textarea";
	const clip = ({ left, right, top, bottom }, e) => {
		let box = { left, right, top, bottom };
		for (; e; e = e.parentElement) {
			if (getComputedStyle(e).overflowX === "visible") continue;
			const r = e.getBoundingClientRect();
			box = {
				left: Math.max(box.left, r.left), right: Math.min(box.right, r.right),
				top: Math.max(box.top, r.top), bottom: Math.min(box.bottom, r.bottom),
			};
		}
		return box;
	};
	const texts = [];
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const node = walk.currentNode, e = node.parentElement;
		if (!node.data.trim() || e.closest(above)) continue;
		if (!e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) continue;
		if (e.closest(".stack thead") && getComputedStyle(e.closest("thead")).position === "absolute") continue;
		texts.push({ node, e });
	}
`

// overlapping lists text that lies on other text. Lines may touch: letters are not as tall as their boxes.
const overlapping = `(() => {` + texts + `
	const boxes = texts.flatMap(({ node, e }) => {
		const range = document.createRange();
		range.selectNodeContents(node);
		const parts = [...range.getClientRects()].map((r) => ({ node, ...clip(r, e) }));
		return parts.filter((b) => b.right - b.left > 1 && b.bottom - b.top > 1);
	}).sort((a, b) => a.top - b.top);
	const found = [];
	boxes.forEach((a, i) => {
		for (const b of boxes.slice(i + 1)) {
			if (b.top >= a.bottom) break;
			if (a.node !== b.node && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && a.bottom - b.top > 6)
				found.push(a.node.data.trim().slice(0, 40) + " / " + b.node.data.trim().slice(0, 40));
		}
	});
	return found.slice(0, 8);
})()`

// torn lists short words that go on in the next line.
const torn = `(() => {` + texts + `
	const found = [];
	for (const { node, e } of texts) {
		if (e.closest("code")) continue;
		for (const word of node.data.matchAll(/(?<![\p{L}\d./@:=-])\p{L}{2,12}(?![\p{L}\d./@:=-])/gu)) {
			const range = document.createRange();
			range.setStart(node, word.index);
			range.setEnd(node, word.index + word[0].length);
			const tops = [...range.getClientRects()].filter((r) => r.width > 1).map((r) => r.top);
			if (tops.length > 1 && Math.max(...tops) - Math.min(...tops) > 4)
				found.push(word[0] + " in " + node.data.trim().slice(0, 40));
		}
	}
	return found.slice(0, 8);
})()`
