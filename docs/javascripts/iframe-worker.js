/* Browsers refuse workers to pages opened from the disk. There the search runs in a hidden frame. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      document.body.append(this.frame)
      const scope = this.frame.contentWindow
      scope.document.open()
      scope.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }))
      this.loaded = new Promise(resolve => { scope.onWorkerLoaded = resolve })
      scope.document.write(`<script src="${url}" onload="onWorkerLoaded()"></script>`)
      scope.document.close()
    }

    postMessage(data) {
      const scope = this.frame.contentWindow
      this.loaded.then(() => scope.dispatchEvent(new MessageEvent("message", { data })))
    }

    terminate() {
      this.frame.remove()
    }
  }
}
