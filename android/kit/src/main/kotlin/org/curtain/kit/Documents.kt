package org.curtain.kit

import java.nio.ByteBuffer

/** A copy in a direct buffer, the form in which Curtain takes documents and bundles. A passcode is a [Passcode] instead. */
fun ByteArray.direct(): ByteBuffer = ByteBuffer.allocateDirect(size).put(this).flip()
