// From the blocks that C++ wrote to plain objects.

const FORMAT = 1;

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function hexOf(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The object in a block, and whether its text has the SHA-256 that the block states (null where the
// browser cannot tell).
async function readBlock(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error("The page is not complete: its block \u201c" + id + "\u201d is missing.");
  if (typeof DecompressionStream === "undefined") {
    throw new Error("This browser is too old to unpack the page's data (it lacks DecompressionStream).");
  }
  const packed = new Blob([bytesOf(element.textContent.trim())]);
  const plain = packed.stream().pipeThrough(new DecompressionStream(element.dataset.enc));
  const bytes = await new Response(plain).arrayBuffer();
  let isIntact = null;
  if (window.crypto && crypto.subtle) {
    isIntact = hexOf(await crypto.subtle.digest("SHA-256", bytes)) === element.dataset.sha256;
  }
  const value = JSON.parse(new TextDecoder().decode(bytes));
  if (value.format !== FORMAT) {
    throw new Error("This page's data has format " + value.format + "; its script reads format " + FORMAT + ".");
  }
  return { value, isIntact };
}
