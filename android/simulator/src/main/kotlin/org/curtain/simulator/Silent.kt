package org.curtain.simulator

import java.lang.reflect.Proxy
import org.curtain.kit.screen.ShellActions

/** Actions that do nothing, for pictures. */
object Silent {
    val shell: ShellActions = of()

    /** An implementation of the actions [T] that does nothing. */
    inline fun <reified T : Any> of(): T = Proxy.newProxyInstance(T::class.java.classLoader, arrayOf(T::class.java)) { self, method, arguments ->
        when (method.name) {
            "toString" -> "Silent"
            "hashCode" -> System.identityHashCode(self)
            "equals" -> self === arguments?.firstOrNull()
            else -> Unit.takeIf { method.returnType != Void.TYPE }
        }
    } as T
}
