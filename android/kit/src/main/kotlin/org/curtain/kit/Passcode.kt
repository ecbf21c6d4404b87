package org.curtain.kit

import java.nio.ByteBuffer

/**
 * A passcode while it is typed: UTF-8 in one fixed direct buffer, the only form that Curtain takes, and the only copy.
 *
 * It never becomes a `String`, which nobody could overwrite. Feed it from a key pad, code point by code point, and
 * [spend] it: afterwards it is zero and empty, also when the call throws. For one thread, as a screen is.
 */
class Passcode : AutoCloseable {
    private val bytes: ByteBuffer = ByteBuffer.allocateDirect(MAX_BYTES)

    /** How many characters (code points) were typed: for the dots on the screen. */
    var length: Int = 0
        private set

    /** Whether nothing was typed. */
    val isEmpty: Boolean get() = length == 0

    /** Types one code point; false when it is none, or when there is no room left. */
    fun append(codePoint: Int): Boolean {
        val size = when (codePoint) {
            in 0..0x7f -> 1
            in 0x80..0x7ff -> 2
            in 0xd800..0xdfff -> return false
            in 0x800..0xffff -> 3
            in 0x10000..0x10ffff -> 4
            else -> return false
        }
        if (bytes.remaining() < size) return false
        if (size == 1) {
            bytes.put(codePoint.toByte())
        } else {
            bytes.put(((0xf00 shr size) or (codePoint shr (6 * (size - 1)))).toByte())
            for (part in size - 2 downTo 0) bytes.put((0x80 or ((codePoint shr (6 * part)) and 0x3f)).toByte())
        }
        length += 1
        return true
    }

    /** Types one character of the Basic Multilingual Plane, as a key pad gives it. */
    fun append(character: Char): Boolean = append(character.code)

    /** Takes the last character back; without one, nothing happens. */
    fun backspace() {
        if (length == 0) return
        do {
            val last = bytes.position() - 1
            val continues = bytes.get(last).toInt() and 0xc0 == 0x80
            bytes.put(last, 0)
            bytes.position(last)
        } while (continues)
        length -= 1
    }

    /** Overwrites the whole buffer with zeros. */
    fun clear() {
        bytes.clear()
        while (bytes.hasRemaining()) bytes.put(0)
        bytes.clear()
        length = 0
    }

    /** Hands the bytes to [block], then [clear]s: whatever happens, a passcode is used once. Keep no reference to them. */
    fun <T> spend(block: (ByteBuffer) -> T): T {
        try {
            return block(bytes.duplicate().flip())
        } finally {
            clear()
        }
    }

    /** Shows the bytes to [block] and keeps them: for judging one while it is chosen. Keep no reference to them. */
    fun <T> look(block: (ByteBuffer) -> T): T = block(bytes.duplicate().flip())

    /** Takes over another's bytes, as [look] shows them. */
    internal fun take(other: ByteBuffer) {
        clear()
        while (other.hasRemaining()) {
            val byte = other.get()
            bytes.put(byte)
            if (byte.toInt() and 0xc0 != 0x80) length += 1
        }
    }

    /** Whether both are the same. The time that it takes does not tell where they differ. */
    fun matches(other: Passcode): Boolean {
        var different = bytes.position() xor other.bytes.position()
        for (at in 0 until MAX_BYTES) different = different or (bytes.get(at).toInt() xor other.bytes.get(at).toInt())
        return different == 0
    }

    /** As [clear]: so that `use` works. */
    override fun close() = clear()

    /** Says nothing of what was typed, not even how much. */
    override fun toString(): String = "Passcode"

    companion object {
        /** The room that there is, in UTF-8 bytes. */
        const val MAX_BYTES: Int = 256
    }
}
