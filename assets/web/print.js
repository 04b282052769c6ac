// A picture on paper: the page that the browser prints is then the picture alone, on A5, lying or standing as it does.
const rulesOf = (lies) => `
#printed { display: none; }
@media print {
  @page { size: A5 ${lies ? "landscape" : "portrait"}; margin: 8mm; }
  body > :not(#printed) { display: none !important; }
  html, body { height: auto; background: #fff; }
  #printed { display: block; max-width: 100%; max-height: ${lies ? 125 : 185}mm; margin: 0 auto; }
}`;

// `bytes`: a PNG. It leaves the page once it is printed, or with the next one.
export async function printPicture(bytes) {
  document.getElementById("printed")?.remove();
  const picture = Object.assign(new Image(), { id: "printed", alt: "" });
  const address = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
  picture.src = address;
  await picture.decode().finally(() => URL.revokeObjectURL(address));
  const rules = Object.assign(document.createElement("style"), { textContent: rulesOf(picture.naturalWidth > picture.naturalHeight) });
  document.head.append(rules);
  document.body.append(picture);
  addEventListener("afterprint", () => {
    picture.remove();
    rules.remove(); // or the browser's own print would give a blank sheet
  }, { once: true });
  print();
}
