// On a phone the buttons of a list may be wider than the screen: the one that is open is brought into sight.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
