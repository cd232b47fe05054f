// As much of a browser's DOMParser as the annotations of Pascal VOC need, for tests outside of a browser. What a browser's own
// does with them is tried by test/browser.

class Element {
  children: Element[] = [];
  text = "";
  constructor(readonly tagName: string) {}

  get textContent(): string {
    return this.text + this.children.map((c) => c.textContent).join("");
  }

  querySelector(selector: string): Element | null {
    const child = /^:scope > (\w+)$/.exec(selector);
    if (child) return this.children.find((c) => c.tagName === child[1]) ?? null;
    for (const c of this.children) {
      const found = c.tagName === selector ? c : c.querySelector(selector);
      if (found) return found;
    }
    return null;
  }
}

function elementsOf(xml: string): Element | undefined {
  const above: Element[] = [new Element("")];
  for (const [, close, name, alone, text] of xml.replace(/<\?.*?\?>|<!--[\s\S]*?-->/g, "").matchAll(/<(\/?)(\w+)[^<>]*?(\/?)>|([^<]+|<)/g)) {
    const top = above.at(-1)!;
    if (text === "<") return undefined;
    if (text !== undefined) top.text += text;
    else if (close) {
      if (above.length < 2 || above.pop()!.tagName !== name) return undefined;
    } else {
      const e = new Element(name!);
      top.children.push(e);
      if (!alone) above.push(e);
    }
  }
  return above.length === 1 && above[0]!.children.length === 1 && !above[0]!.text.trim() ? above[0] : undefined;
}

export class Parser {
  parseFromString(xml: string) {
    const failed = new Element("");
    failed.children.push(new Element("parsererror"));
    const found = elementsOf(xml) ?? failed;
    return { documentElement: found.children[0]!, querySelector: (selector: string) => found.querySelector(selector) };
  }
}
